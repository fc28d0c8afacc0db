/**
 * The `keen` sink: an API that takes events as Keen's does, `POST /3.0/projects/{id}/events` with a write key, and
 * answers for each event by itself. https://keen.io/docs/api/#record-multiple-events
 *
 * Keen has no key by which it could tell a repeat, so what is sent twice is there twice: see chunk-log.ts for when.
 */
import * as z from 'zod';
import { SecretName } from '../../change/index.ts';
import { MillraceError } from '../../runtime/index.ts';
import { secret } from '../../runtime/resource.ts';
import type { Chunk, ChunkSink, Delivery, Refusal } from './chunk.ts';
import { post, type Sending } from './post.ts';

export const KeenOptions = z.strictObject({
  kind: z.literal('keen'),
  /** Where the API is. */
  url: z.url({ protocol: /^https?$/ }).default('https://api.keen.io'),
  /** Id of the project there. */
  project: z.string().min(1),
  /** Default: the name of the source's collection. */
  collection: z.string().min(1).max(64).optional(),
  /** Name of the secret that holds the write key. */
  writeKey: SecretName,
  /** Events of a request. */
  batch: z.number().int().min(1).max(1000).default(500),
});
export type KeenOptions = z.output<typeof KeenOptions>;

/** Bytes of a request's events. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_MESSAGE = 200;

const Result = z.object({
  success: z.boolean(),
  error: z.object({ name: z.string(), description: z.string().default('') }).optional(),
});

export function keenSink(options: KeenOptions, { source }: Delivery, sending: Sending): ChunkSink {
  const collection = options.collection ?? source.collection;
  const url = new URL(`/3.0/projects/${encodeURIComponent(options.project)}/events`, options.url);
  const destination = `${url.href}#${collection}`;
  const headers = () => ({ authorization: secret(options.writeKey), 'content-type': 'application/json' });
  return {
    destination,
    maxRecords: options.batch,
    maxBytes: MAX_BYTES,
    send: async (chunk) => {
      const events = chunk.records.map(({ json }) => json).join(',');
      const body = `{${JSON.stringify(collection)}:[${events}]}`;
      return refusals(chunk, collection, await post({ url, destination, headers, body }, sending), destination);
    },
  };
}

function refusals({ records }: Chunk, collection: string, answer: string, destination: string): Refusal[] {
  const results = resultsOf(answer, collection);
  if (results?.length !== records.length) {
    throw new MillraceError(
      'sink_misunderstood',
      `${destination} took a request but did not answer for each of its ${records.length} events; ` +
        'check that it is an API as Keen has it',
      { retryable: false }, // the events may be there: trying again would double them
    );
  }
  return records.flatMap(({ line }, index) => {
    const { success, error } = results[index] ?? { success: false };
    const message = `${error?.name ?? 'refused'}: ${error?.description ?? ''}`.slice(0, MAX_MESSAGE);
    return success ? [] : [{ line, reason: 'refused_by_sink', message }];
  });
}

function resultsOf(answer: string, collection: string): z.output<typeof Result>[] | undefined {
  try {
    const parsed: unknown = JSON.parse(answer);
    if (typeof parsed !== 'object' || parsed === null || !Object.hasOwn(parsed, collection)) return undefined;
    const results = z.array(Result).safeParse(Object.entries(parsed).find(([name]) => name === collection)?.[1]);
    return results.data;
  } catch {
    return undefined;
  }
}
