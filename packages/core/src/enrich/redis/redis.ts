/**
 * A source of lookups in Redis or Valkey: the ids of a batch in one pipeline, answers remembered.
 */
import { createClient } from '@redis/client';
import { define } from '../../change/index.ts';
import { hash, log, MillraceError, messageOf, SECOND } from '../../runtime/index.ts';
import { secret } from '../../runtime/resource.ts';
import type { JsonObject } from '../../stream/index.ts';
import { LIFETIMES, type Lifetimes, type LookupMemory, lookupMemory, type WhenUnavailable } from '../lookup/memory.ts';
import type { LookupSource } from '../lookup/source.ts';
import type { Answers } from '../step/step.ts';

export interface RedisLookup {
  /** `redis://…` or `rediss://…`, or the secret that holds it. */
  readonly url: string | { readonly secret: string };
  /** What stands before an id in its key: `product:`. */
  readonly prefix?: string;
  /** What lies there: JSON (default), text as it is, or a hash, which becomes an object of text. */
  readonly holds?: 'json' | 'text' | 'hash';
  /** ms for a batch to be answered, connecting aside; default 2000. */
  readonly timeout?: number;
  readonly lifetimes?: Lifetimes;
  /** Default: the file is tried again where ids could not be told about. */
  readonly whenUnavailable?: WhenUnavailable;
  /** Default: that of the process. */
  readonly memory?: LookupMemory;
}

/** ms; in one network, connecting takes a few. */
const CONNECT_TIMEOUT = 2 * SECOND;
/** Commands of a pipeline. */
const PIPELINE = 1000;

/** Redis could not be asked. */
class RedisLookupFailed extends MillraceError {
  constructor(cause: unknown) {
    super('redis_lookup_failed', `Redis was not reached or did not answer: ${messageOf(cause)}`, { cause });
  }
}

type Client = ReturnType<typeof connectionTo>;

/** One connection a source and process, made when it is first asked. */
export function redis(options: RedisLookup): LookupSource {
  const { prefix = '', holds = 'json', timeout = 2 * SECOND } = options;
  let client: Client | undefined;
  const ask = async (ids: readonly string[]): Promise<Answers> => {
    try {
      client = await connected(client, options);
      return await busy(client, (ready) => readAll(ready, ids, { prefix, holds, timeout }));
    } catch (cause) {
      client?.destroy();
      client = undefined;
      throw new RedisLookupFailed(cause);
    }
  };
  const find = (options.memory ?? lookupMemory).before({
    scope: hash('redis', JSON.stringify(options.url), prefix, holds),
    name: `Redis, ${prefix}`,
    ask,
    whenUnavailable: options.whenUnavailable ?? 'retry',
    lifetimes: options.lifetimes ?? LIFETIMES,
  });
  return { open: async () => find };
}

function connectionTo({ url }: RedisLookup) {
  const client = createClient({
    url: typeof url === 'string' ? url : secret(url.secret),
    disableOfflineQueue: true,
    socket: { connectTimeout: CONNECT_TIMEOUT, reconnectStrategy: false },
  });
  client.on('error', (caught) => log.warn('the connection to Redis broke', { error: messageOf(caught) }));
  return client;
}

async function connected(client: Client | undefined, options: RedisLookup): Promise<Client> {
  if (client?.isReady) return client;
  client?.destroy();
  const fresh = connectionTo(options);
  await fresh.connect();
  return fresh;
}

/** An idle connection keeps no process from ending. */
async function busy<T>(client: Client, work: (client: Client) => Promise<T>): Promise<T> {
  client.ref();
  try {
    return await work(client);
  } finally {
    client.unref();
  }
}

type Reading = Required<Pick<RedisLookup, 'prefix' | 'holds' | 'timeout'>>;

async function readAll(client: Client, ids: readonly string[], { prefix, holds, timeout }: Reading): Promise<Answers> {
  const found = new Map<string, string>();
  const failed = new Set<string>();
  const one = async (id: string) => {
    const json =
      holds === 'hash' ? hashOf(await client.hGetAll(prefix + id)) : jsonOf(await client.get(prefix + id), holds);
    if (json === BROKEN) failed.add(id);
    else if (json !== undefined) found.set(id, json);
  };
  for (let start = 0; start < ids.length; start += PIPELINE) {
    // Commands of one turn of the event loop go out together.
    await within(timeout, Promise.all(ids.slice(start, start + PIPELINE).map(one)));
  }
  return { found, failed };
}

const BROKEN = Symbol('no JSON');

function jsonOf(text: string | null, holds: 'json' | 'text'): string | undefined | typeof BROKEN {
  if (text === null) return undefined;
  if (holds === 'text') return JSON.stringify(text);
  try {
    JSON.parse(text);
    return text;
  } catch {
    return BROKEN;
  }
}

/** Redis has no empty hashes: what is missing reads as one. */
function hashOf(hash: Readonly<Record<string, string>>): string | undefined {
  const fields = Object.entries(hash);
  if (fields.length === 0) return undefined;
  const value: JsonObject = {};
  for (const [name, text] of fields) define(value, name, text);
  return JSON.stringify(value);
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${ms} ms`)), ms);
  });
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
