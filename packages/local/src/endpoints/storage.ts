/**
 * S3, SQS and SNS, by fauxqs (SQLite underneath; in memory without a folder). What fauxqs leaves open is closed here,
 * with the hooks of the web framework it is built on (https://fastify.dev/docs/latest/Reference/Hooks/#diagnostics-channel-hooks):
 * it listens on this machine only, takes objects of any size S3 takes in one request from a program of ours, gives queue
 * URLs that resolve, refuses conditional writes whose condition fails, and tells of each object created.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { request } from 'node:http';
import { join } from 'node:path';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { isConditional, PathLock, refuse } from './conditional.ts';
import type { Endpoint } from './dynamodb.ts';
import type { Reply, Request } from './http.ts';
import { isPortInUse, LOOPBACK, PortInUse } from './listen.ts';
import { createdBy, type ObjectCreated } from './object-created.ts';
import { confirm, isConfirmation, type TopicDelivery, TopicSubscribers } from './topic-subscribers.ts';

/** What of Fastify is used; fauxqs does not hand out its instance, nor does this package depend on it. */
interface Application {
  /** Called by fauxqs, as patched. */
  onTopicDelivery?: (delivery: TopicDelivery) => void;
  listen(options: { port: number; host: string }): Promise<string>;
  addHook(name: 'onRoute', hook: (route: Route) => void): void;
  addHook(name: 'onRequest', hook: (request: Request, reply: Reply) => Promise<unknown>): void;
  addHook(name: 'onSend', hook: (request: Request, reply: Reply, payload: unknown) => Promise<unknown>): void;
}
interface Route {
  bodyLimit?: number;
  handler: (request: Request, reply: Reply) => unknown;
}

/** fauxqs takes 11 MiB; a body is held in memory, so S3's own 5 GiB would not do. Larger objects go as multipart. */
const BODY_LIMIT = 1024 * 1024 * 1024;

export interface StorageEndpoint extends Endpoint {
  /** Messages of a queue, by name: ready, hidden by a receive, delayed. */
  depth(queue: string): { ready: number; inFlight: number; delayed: number };
  /** Receipt handles of messages hidden by a receive. */
  inFlight(queue: string): readonly string[];
}

/**
 * @param onObjectCreated awaited before S3's answer is sent, so a created object is never without its event.
 * @throws PortInUse
 */
export async function startStorage({
  port,
  dataDir,
  region,
  onObjectCreated,
}: {
  port: number;
  dataDir?: string | undefined;
  region: string;
  onObjectCreated: (created: ObjectCreated) => Promise<void>;
}): Promise<StorageEndpoint> {
  const subscribers = new TopicSubscribers();
  const adapt = (message: unknown) => {
    if (!isInitialization(message)) return;
    message.fastify.onTopicDelivery = subscribers.deliver;
    adaptApplication(message.fastify, onObjectCreated);
  };
  subscribe('fastify.initialization', adapt);
  try {
    const server = await startFauxqs({
      port,
      logger: false,
      defaultRegion: region,
      ...(dataDir === undefined ? {} : { dataDir: join(dataDir, 'storage') }),
    });
    return toEndpoint(server, subscribers);
  } catch (cause) {
    throw isPortInUse(cause) ? new PortInUse(port, 'S3, SQS and SNS', { cause }) : cause;
  } finally {
    unsubscribe('fastify.initialization', adapt);
  }
}

function isInitialization(message: unknown): message is { fastify: Application } {
  return typeof message === 'object' && message !== null && 'fastify' in message;
}

function adaptApplication(app: Application, onObjectCreated: (created: ObjectCreated) => Promise<void>): void {
  const listen = app.listen.bind(app);
  app.listen = async (options) => await listen({ ...options, host: LOOPBACK });
  const writers = new PathLock();
  app.addHook('onRoute', (route) => {
    const { handler } = route;
    route.bodyLimit = BODY_LIMIT;
    // fauxqs's handlers send and then return nothing, which Fastify would take for a second, empty answer while the
    // hook below is awaited; returning the reply says that it is being sent.
    route.handler = async (request, reply) => {
      if (!isConditional(request)) return (await handler(request, reply)) ?? reply;
      const [path = ''] = request.url.split('?');
      return await writers.run(path, async () => {
        const there = (await stored(String(request.headers.host), path)) !== undefined;
        return there ? refuse(reply) : ((await handler(request, reply)) ?? reply);
      });
    };
  });
  app.addHook('onRequest', async (request, reply) => {
    if (request.method !== 'GET' || !isConfirmation(request.url)) return undefined;
    const { status, body } = await confirm(String(request.headers.host), request.url);
    return reply.status(status).header('content-type', 'text/xml').send(body);
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const creation = reply.statusCode === 200 ? createdBy(request) : undefined;
    const object = creation && (await stored(String(request.headers.host), creation.path));
    if (creation && object) await onObjectCreated({ ...creation, ...object });
    return withUsableQueueUrls(request, payload);
  });
}

/** What lies there now. By node:http, which leaves `..` in a path alone, as S3 does. */
async function stored(host: string, path: string): Promise<{ size: number; etag: string } | undefined> {
  return await new Promise((resolve, reject) => {
    const [hostname, port] = host.split(':');
    request({ hostname, port, path, method: 'HEAD', agent: false }, ({ statusCode, headers }) => {
      const object = { size: Number(headers['content-length']), etag: String(headers.etag).replaceAll('"', '') };
      resolve(statusCode === 200 ? object : undefined);
    })
      .on('error', reject)
      .end();
  });
}

/** fauxqs says `http://sqs.<region>.localhost:<port>/…`, which does not resolve everywhere, with the port of its making. */
function withUsableQueueUrls(request: Request, payload: unknown): unknown {
  if (typeof payload !== 'string' || !/^AmazonSQS\.(CreateQueue|GetQueueUrl|ListQueues)$/.test(target(request))) {
    return payload;
  }
  return payload.replace(/http:\/\/sqs\.[^./"]+\.localhost(:\d+)?\//g, `http://${String(request.headers.host)}/`);
}

const target = (request: Request) => String(request.headers['x-amz-target'] ?? '');

function toEndpoint(server: FauxqsServer, subscribers: TopicSubscribers): StorageEndpoint {
  const messages = (queue: string) => server.inspectQueue(queue)?.messages;
  return {
    url: `http://${LOOPBACK}:${server.port}`,
    stop: async () => {
      subscribers.stop();
      await server.stop();
    },
    depth(queue) {
      const { ready, inflight, delayed } = messages(queue) ?? { ready: [], inflight: [], delayed: [] };
      return { ready: ready.length, inFlight: inflight.length, delayed: delayed.length };
    },
    inFlight: (queue) => (messages(queue)?.inflight ?? []).map((one) => one.receiptHandle),
  };
}
