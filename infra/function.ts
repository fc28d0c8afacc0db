/**
 * A function of the registry, with its grants and nothing more: SST's defaults give a role that the whole account may
 * assume and that may write to every log group.
 */
/// <reference path="../.sst/platform/config.d.ts" />
import { environment, type Workflow } from '../packages/functions/src/workflows.ts';
import { bundling } from './bundle.ts';
import { linksOf, type Permission, permissionsOf } from './grant.ts';
import { arnOf, logRetention, permanent, prefix } from './stage.ts';

export type FunctionDefinition = Pick<
  Workflow,
  | 'name'
  | 'purpose'
  | 'failureImpact'
  | 'handler'
  | 'timeout'
  | 'memory'
  | 'reservedConcurrency'
  | 'grants'
  | 'reach'
  | 'copyFiles'
>;

/** Where functions put their metrics. */
export const metricsNamespace = `Millrace/${$app.stage}`;

interface Beside {
  /** What it may do because of how it is woken. */
  readonly permissions?: Permission[];
  readonly environment?: Record<string, $util.Input<string>>;
  /** Times Lambda repeats a failed asynchronous call; functions behind a queue get none. */
  readonly retries?: number;
}

/** `rule-evaluator` → `RuleEvaluator`: SST takes letters and digits only. */
export function componentName(name: string): string {
  return name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}

export function lambda(definition: FunctionDefinition, beside: Beside = {}): sst.aws.Function {
  const logGroup = `/aws/lambda/${prefix}-${definition.name}`;
  return new sst.aws.Function(componentName(definition.name), {
    description: definition.purpose,
    handler: definition.handler,
    runtime: 'nodejs22.x',
    architecture: 'arm64',
    timeout: `${definition.timeout} seconds`,
    memory: `${definition.memory} MB`,
    link: linksOf(definition.grants),
    permissions: [
      ...permissionsOf(definition.grants, definition.reach),
      ...(beside.permissions ?? []),
      writeLogs(logGroup),
      ...($dev ? [] : [writeTraces]),
    ],
    environment: { [environment.metricsNamespace]: metricsNamespace, ...beside.environment },
    tags: { workflow: definition.name },
    ...(definition.copyFiles === undefined ? {} : { copyFiles: [...definition.copyFiles] }),
    ...concurrency(definition),
    ...($dev ? {} : { nodejs: bundling }), // of `sst dev` it is not known where it takes credentials from
    logging: { retention: logRetention },
    ...(beside.retries === undefined ? {} : { retries: beside.retries }),
    transform: {
      function: (args) => {
        if (!$dev) args.tracingConfig = { mode: 'Active' };
      },
      logGroup: (args) => {
        args.name = logGroup;
      },
      role: (args) => {
        args.managedPolicyArns = []; // AWSLambdaBasicExecutionRole is about every log group of the account
        if (!$dev) args.assumeRolePolicy = aws.iam.assumeRolePolicyForPrincipal({ Service: 'lambda.amazonaws.com' });
      },
    },
  });
}

/** Not on personal stages: each would take its share from the one number the whole account has. */
function concurrency({ reservedConcurrency }: FunctionDefinition) {
  return permanent && reservedConcurrency !== undefined ? { concurrency: { reserved: reservedConcurrency } } : {};
}

function writeLogs(logGroup: string): Permission {
  return {
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [arnOf('logs', `log-group:${logGroup}:*`)],
  };
}

/** X-Ray has no resources to name. */
const writeTraces: Permission = { actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] };
