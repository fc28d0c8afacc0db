/**
 * Just enough of the AWS provider: the outputs that components read of what they made, and the data sources they ask.
 */
import type { Json } from '../graph.ts';

/** Where the stage lies; a test puts one elsewhere. */
export const REGION = process.env.SYNTH_REGION ?? 'us-east-1';
export const ACCOUNT = process.env.SYNTH_ACCOUNT ?? '123456789012';

type Outputs = Record<string, Json>;

const arn = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;

const bucket = (name: string): Outputs => ({
  arn: `arn:aws:s3:::${name}`,
  bucket: name,
  bucketDomainName: `${name}.s3.amazonaws.com`,
  bucketRegionalDomainName: `${name}.s3.${REGION}.amazonaws.com`,
});

const computed: Record<string, (name: string, inputs: Outputs) => Outputs> = {
  'aws:s3/bucketV2:BucketV2': bucket,
  'aws:s3/bucket:Bucket': bucket, // in SST 4
  'aws:sqs/queue:Queue': (name) => ({
    arn: arn('sqs', name),
    url: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}`,
  }),
  // One that exists is looked up by its ARN.
  'aws:sns/topic:Topic': (name) => ({
    arn: name.startsWith('arn:') ? name : arn('sns', name),
    name: name.slice(name.lastIndexOf(':') + 1),
  }),
  'aws:dynamodb/table:Table': (name) => ({ arn: arn('dynamodb', `table/${name}`) }),
  'aws:cloudwatch/eventBus:EventBus': (name) => ({ arn: arn('events', `event-bus/${name}`) }),
  'aws:cloudwatch/eventRule:EventRule': (name, { eventBusName = 'default' }) => ({
    arn: arn('events', eventBusName === 'default' ? `rule/${name}` : `rule/${eventBusName}/${name}`),
  }),
  'aws:lambda/function:Function': (name) => ({
    arn: arn('lambda', `function:${name}`),
    invokeArn: `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/${arn('lambda', `function:${name}`)}/invocations`,
  }),
  'aws:iam/role:Role': (name) => ({ arn: `arn:aws:iam::${ACCOUNT}:role/${name}` }),
  'aws:cloudwatch/logGroup:LogGroup': (name) => ({ arn: arn('logs', `log-group:${name}`) }),
  'aws:cloudwatch/metricAlarm:MetricAlarm': (name) => ({ arn: arn('cloudwatch', `alarm:${name}`) }),
  'aws:cloudwatch/eventArchive:EventArchive': (name) => ({ arn: arn('events', `archive/${name}`) }),
  'random:index/randomBytes:RandomBytes': (_, { length }) => ({
    base64: Buffer.alloc(Number(length), 7).toString('base64'),
  }),
};

/** The physical id of a resource and its state once made. */
export function make(type: string, logicalName: string, inputs: Outputs, id?: string): { id: string; state: Outputs } {
  const given = [id, inputs.name, inputs.bucket].find((one) => typeof one === 'string' && one !== '');
  const name = typeof given === 'string' ? given : logicalName;
  const own: Outputs = type.startsWith('aws:') ? { name } : {};
  return { id: name, state: { ...inputs, ...own, ...computed[type]?.(name, inputs) } };
}

/** A data source's answer. @throws Error for one that is not known: a made-up answer would hide what depends on it. */
export function ask(token: string, inputs: Outputs): Outputs {
  switch (token) {
    case 'aws:index/getRegion:getRegion':
      return { id: REGION, name: REGION, region: REGION };
    case 'aws:index/getPartition:getPartition':
      return { id: 'aws', partition: 'aws', dnsSuffix: 'amazonaws.com' };
    case 'aws:index/getCallerIdentity:getCallerIdentity':
      return { id: ACCOUNT, accountId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root` };
    case 'aws:iam/getPolicyDocument:getPolicyDocument':
      return policyDocument(inputs as { statements?: Statement[] });
    default:
      throw new Error(`the synth test does not know the data source ${token}`);
  }
}

/** A statement of getPolicyDocument, as https://www.pulumi.com/registry/packages/aws/api-docs/iam/getpolicydocument/. */
type Statement = {
  effect?: string;
  actions: string[];
  resources?: string[];
  principals?: { type: string; identifiers: string[] }[];
  conditions?: { test: string; variable: string; values: string[] }[];
};

/** `statements` comes back as it went in: without it SST leaves the policy out of a role. */
function policyDocument({ statements = [] }: { statements?: Statement[] }): Outputs {
  const document = {
    Version: '2012-10-17',
    Statement: statements.map(({ effect = 'Allow', actions, resources, principals, conditions }) => ({
      Effect: effect,
      Action: actions,
      ...(resources === undefined ? {} : { Resource: resources }),
      ...(principals === undefined ? {} : { Principal: principalsOf(principals) }),
      ...(conditions === undefined ? {} : { Condition: conditionsOf(conditions) }),
    })),
  };
  const echoed: Outputs = statements.length === 0 ? {} : { statements };
  return { ...echoed, json: JSON.stringify(document) };
}

function principalsOf(principals: NonNullable<Statement['principals']>) {
  if (principals.some(({ type }) => type === '*')) return '*';
  return Object.fromEntries(principals.map(({ type, identifiers }) => [type, identifiers]));
}

function conditionsOf(conditions: NonNullable<Statement['conditions']>) {
  const byTest: Record<string, Record<string, string[]>> = {};
  for (const { test, variable, values } of conditions) byTest[test] = { ...byTest[test], [variable]: values };
  return byTest;
}
