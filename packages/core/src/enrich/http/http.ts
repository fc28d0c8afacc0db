/**
 * A source of lookups behind HTTP, for answers that are good to have: where it is slow or down, records go on without.
 */
import { toUSVString } from 'node:util';
import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import { hash, MillraceError, SECOND } from '../../runtime/index.ts';
import { secret } from '../../runtime/resource.ts';
import type { JsonValue } from '../../stream/index.ts';
import { LIFETIMES, type Lifetimes, type LookupMemory, lookupMemory, type WhenUnavailable } from '../lookup/memory.ts';
import type { LookupSource } from '../lookup/source.ts';
import { type Ask, askInBatches, IdsRefused } from './batch.ts';

export interface HttpLookup {
  /**
   * With `{id}` in it, each id is got by a request of its own: 200 with JSON, or 404 or 410; an id that no URL can hold is
   * not asked about and not known. Without, ids are posted in batches, `{"ids":["a","b"]}`, and the answer is an object by
   * id, without those it does not know.
   *
   * What the API refuses (400, 413, 414, 422) is refused for its ids: a single one is not known, a batch is asked in halves,
   * these in halves, and so on, until 32 requests more than one were made for it (two or three bad ids of 100); ids of
   * what is still refused then could not be told. None of this is a failure of the API.
   */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string | { readonly secret: string; readonly prefix?: string }>>;
  /** Ids of a batch; default 100. */
  readonly batch?: number;
  /** Requests at once; default 8. */
  readonly concurrency?: number;
  /** ms of a request; default 3000. */
  readonly timeout?: number;
  /** Failures in a row after which nobody is asked (default 5), and for how long, ms (default 10,000). */
  readonly breaker?: { readonly failures?: number; readonly pause?: number };
  readonly lifetimes?: Lifetimes;
  /** Default: ids nobody could tell about are noted as `lookup_failed`. */
  readonly whenUnavailable?: WhenUnavailable;
  /** Default: that of the process. */
  readonly memory?: LookupMemory;
}

/** Bytes of an answer; more is a mistake. */
const LONGEST = 8 * 1024 * 1024;

/** The API did not answer as it should. */
class HttpLookupFailed extends MillraceError {
  constructor(message: string, cause?: unknown) {
    super('http_lookup_failed', message, { cause });
  }
}

export function http(options: HttpLookup): LookupSource {
  const { failures = 5, pause = 10 * SECOND } = options.breaker ?? {};
  const breaker = circuitBreaker(handleAll, { halfOpenAfter: pause, breaker: new ConsecutiveBreaker(failures) });
  const single = options.url.includes('{id}');
  const size = single ? 1 : (options.batch ?? 100);
  const ask: Ask = single ? ([id = '']) => getOne(options, id) : (ids) => postMany(options, ids);
  const find = (options.memory ?? lookupMemory).before({
    scope: hash('http', options.url, JSON.stringify(options.headers ?? {})), // who may see what is a matter of headers
    name: hostOf(options.url),
    ask: (ids) => askInBatches(ids, size, options.concurrency ?? 8, (part) => breaker.execute(() => ask(part))),
    whenUnavailable: options.whenUnavailable ?? 'note',
    lifetimes: options.lifetimes ?? LIFETIMES,
  });
  return { open: async () => find };
}

/** Something is wrong with the ids, not with the API: they are a producer's. */
const REFUSALS = [400, 413, 414, 422];
/** Where one is asked for, there is none. */
const UNKNOWN = [404, 410];
/** Characters of an id in a URL; servers take about 8,000 of a whole one. */
const LONGEST_ID = 2048;

async function getOne(options: HttpLookup, id: string): ReturnType<Ask> {
  const encoded = toUSVString(id) === id ? encodeURIComponent(id) : '';
  if (encoded === '' || encoded === '.' || encoded === '..' || encoded.length > LONGEST_ID) return new Map();
  const response = await send(
    options,
    options.url.replaceAll('{id}', () => encoded),
    {},
  );
  if (UNKNOWN.includes(response.status)) {
    await response.body?.cancel();
    return new Map();
  }
  if (REFUSALS.includes(response.status)) return await refusal(response);
  return new Map([[id, JSON.stringify(await jsonOf(response))]]);
}

async function postMany(options: HttpLookup, ids: readonly string[]): ReturnType<Ask> {
  const body = JSON.stringify({ ids });
  const response = await send(options, options.url, { method: 'POST', body });
  if (REFUSALS.includes(response.status)) return await refusal(response);
  const answer = await jsonOf(response);
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    throw new HttpLookupFailed(`${hostOf(options.url)} answered with no object by id`);
  }
  const asked = new Set(ids);
  return new Map(Object.entries(answer).flatMap(([id, value]) => (asked.has(id) ? [[id, JSON.stringify(value)]] : [])));
}

async function send(
  { headers = {}, timeout = 3 * SECOND }: HttpLookup,
  url: string,
  init: RequestInit,
): Promise<Response> {
  const shown = Object.entries(headers).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : `${value.prefix ?? ''}${secret(value.secret)}`,
  ]);
  const all = { accept: 'application/json', ...(init.body ? { 'content-type': 'application/json' } : {}) };
  try {
    const signal = AbortSignal.timeout(timeout);
    return await fetch(url, { ...init, headers: { ...all, ...Object.fromEntries(shown) }, signal, redirect: 'error' });
  } catch (cause) {
    throw new HttpLookupFailed(`${hostOf(url)} did not answer in ${timeout} ms`, cause);
  }
}

async function refusal(response: Response): Promise<IdsRefused> {
  await response.body?.cancel();
  return new IdsRefused(`${hostOf(response.url)} refused ids with ${response.status}`);
}

async function jsonOf(response: Response): Promise<JsonValue> {
  const host = hostOf(response.url);
  if (!response.ok) {
    await response.body?.cancel();
    throw new HttpLookupFailed(`${host} answered ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > LONGEST) throw new HttpLookupFailed(`${host} answered with more than ${LONGEST} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch (cause) {
    throw new HttpLookupFailed(`${host} answered with what is no JSON`, cause);
  }
}

/** For messages: ids and tokens in a URL are nobody's business. */
function hostOf(url: string): string {
  return URL.parse(url)?.host ?? 'the API';
}
