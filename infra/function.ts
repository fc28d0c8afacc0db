/**
 * A function of the registry, with its grants and nothing more: SST's defaults give a role that the whole account may
 * assume and that may write to every log group.
 */
/// <reference path="../.sst/platform/config.d.ts" />
import type { Workflow } from '../packages/functions/src/workflows.ts';
import { linksOf, type Permission, permissionsOf } from './grant.ts';
import { logRetention, prefix } from './stage.ts';

export type FunctionDefinition = Pick<
  Workflow,
  'name' | 'purpose' | 'handler' | 'timeout' | 'memory' | 'grants' | 'topics'
>;

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
      ...permissionsOf(definition.grants, definition.topics),
      ...(beside.permissions ?? []),
      writeLogs(logGroup),
    ],
    environment: beside.environment ?? {},
    logging: { retention: logRetention },
    ...(beside.retries === undefined ? {} : { retries: beside.retries }),
    transform: {
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

function writeLogs(logGroup: string): Permission {
  const { accountId } = aws.getCallerIdentityOutput();
  const { partition } = aws.getPartitionOutput();
  const { name: region } = aws.getRegionOutput();
  return {
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [$interpolate`arn:${partition}:logs:${region}:${accountId}:log-group:${logGroup}:*`],
  };
}
