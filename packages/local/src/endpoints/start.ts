/**
 * The AWS endpoints of the stack: DynamoDB, S3, SQS, SNS and EventBridge on 127.0.0.1, speaking the real protocols.
 * Clients find them by `AWS_ENDPOINT_URL_*` alone; that the host is an address makes the S3 client use path style.
 */
import { devNull } from 'node:os';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { MillraceError, systemClock } from '@millrace/core/runtime';
import { REGION } from '../account.ts';
import { Buses } from '../eventbridge/buses.ts';
import { Deliveries } from '../eventbridge/delivery.ts';
import { eventBridgeServer } from '../eventbridge/server.ts';
import { type Endpoint, startDynamoDB } from './dynamodb.ts';
import { close, LOOPBACK, listen } from './listen.ts';
import { type ObjectCreated, objectCreatedEvent } from './object-created.ts';
import { type StorageEndpoint, startStorage } from './storage.ts';

/** 0 for any free port. */
export interface EndpointPorts {
  readonly dynamodb: number;
  /** S3, SQS and SNS. */
  readonly storage: number;
  readonly eventbridge: number;
}

/** Runs a function for a target that is one; see `Endpoints.attachFunctions`. */
export type InvokeFunction = (name: string, event: unknown) => Promise<void>;

export interface Endpoints {
  /** What a process needs in its environment so that `new S3Client({})` and the others reach this stack. */
  readonly env: Readonly<Record<string, string>>;
  readonly storage: StorageEndpoint;
  readonly buses: Buses;
  /** Events whose delivery failed and is tried again. */
  readonly undelivered: () => number;
  /** Where rules with a Lambda target send events; without it those deliveries fail. */
  attachFunctions(invoke: InvokeFunction): void;
  stop(): Promise<void>;
}

class NoFunction extends MillraceError {
  constructor(arn: string) {
    super('no_function', `no function is attached for ${arn}`, { retryable: false });
  }
}

/**
 * @param dataDir folder that keeps tables, queues and objects over a restart; without it they are in memory.
 * @throws PortInUse
 */
export async function startEndpoints({
  dataDir,
  ports = {},
}: {
  dataDir?: string | undefined;
  ports?: Partial<EndpointPorts>;
} = {}): Promise<Endpoints> {
  const now = systemClock;
  let queues: SQSClient | undefined;
  let invoke: InvokeFunction | undefined;
  const deliveries = new Deliveries(
    {
      sendToQueue: async (arn, body, attributes) => await sendToQueue(queues, arn, body, attributes),
      invoke: async (arn, event) => {
        if (invoke === undefined) throw new NoFunction(arn);
        await invoke(arn.replace(/^.*:function:/, ''), event);
      },
    },
    now,
  );
  const buses = new Buses({ deliveries, region: REGION, now });
  let sequence = now() * 1000;
  const onObjectCreated = async (created: ObjectCreated) =>
    await buses.emit(objectCreatedEvent(created, { now: now(), sequence: sequence++ }));

  const started: Endpoint[] = [];
  const stop = async () => {
    buses.stop();
    await deliveries.stop();
    for (const endpoint of started.reverse()) await endpoint.stop();
    queues?.destroy();
  };
  try {
    const dynamodb = await startDynamoDB({ port: ports.dynamodb ?? 0, dataDir });
    started.push(dynamodb);
    const storage = await startStorage({ port: ports.storage ?? 0, dataDir, region: REGION, onObjectCreated });
    started.push(storage);
    const server = eventBridgeServer(buses);
    const eventbridge = `http://${LOOPBACK}:${await listen(server, ports.eventbridge ?? 0, 'EventBridge')}`;
    started.push({ url: eventbridge, stop: async () => await close(server) });
    queues = new SQSClient({ endpoint: storage.url, region: REGION, credentials: CREDENTIALS });
    return {
      env: environment({ dynamodb: dynamodb.url, storage: storage.url, eventbridge }),
      storage,
      buses,
      undelivered: () => deliveries.waiting,
      attachFunctions: (attached) => {
        invoke = attached;
      },
      stop,
    };
  } catch (caught) {
    await stop();
    throw caught;
  }
}

/** Any would do: no endpoint checks them. */
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

function environment(url: { dynamodb: string; storage: string; eventbridge: string }): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_DYNAMODB: url.dynamodb,
    AWS_ENDPOINT_URL_S3: url.storage,
    AWS_ENDPOINT_URL_SQS: url.storage,
    AWS_ENDPOINT_URL_SNS: url.storage,
    AWS_ENDPOINT_URL_EVENTBRIDGE: url.eventbridge,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    // What a person set up for real AWS must not count: a profile would win over the keys above.
    AWS_PROFILE: '',
    AWS_SESSION_TOKEN: '',
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
  };
}

async function sendToQueue(
  client: SQSClient | undefined,
  arn: string,
  body: string,
  attributes: Readonly<Record<string, string>>,
): Promise<void> {
  if (client === undefined) throw new Error('SQS has not started');
  const [, , , , account, name] = arn.split(':');
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([key, StringValue]) => [key, { DataType: 'String', StringValue }]),
  );
  await client.send(
    new SendMessageCommand({ QueueUrl: `http://${LOOPBACK}/${account}/${name}`, MessageBody: body, MessageAttributes }),
  );
}
