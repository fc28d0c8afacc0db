/**
 * The `http` sink: batches of records to any address, signed as https://www.standardwebhooks.com says. The id of a
 * request is the same in every attempt and every run, so a receiver that remembers ids takes each batch once.
 */
import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { SecretName } from '../../change/index.ts';
import { SECOND } from '../../runtime/index.ts';
import { secret } from '../../runtime/resource.ts';
import type { ChunkSink } from './chunk.ts';
import { post, type Sending } from './post.ts';

export const HttpOptions = z.strictObject({
  kind: z.literal('http'),
  url: z.url({ protocol: /^https?$/ }),
  /** One record a line, or an array. */
  format: z.enum(['ndjson', 'json']).default('ndjson'),
  /** Name of the secret requests are signed with (`whsec_…` in base64, or any text); unsigned without. */
  signedWith: SecretName.optional(),
  /** Records of a request. */
  batch: z.number().int().min(1).max(10_000).default(500),
});
export type HttpOptions = z.output<typeof HttpOptions>;

/** Bytes of a request's records. */
const MAX_BYTES = 4 * 1024 * 1024;

export function httpSink(options: HttpOptions, sending: Sending): ChunkSink {
  const url = new URL(options.url);
  const json = options.format === 'json';
  return {
    destination: `${url.origin}${url.pathname}`,
    maxRecords: options.batch,
    maxBytes: MAX_BYTES,
    send: async ({ records, digest }) => {
      const lines = records.map((record) => record.json);
      const body = json ? `[${lines.join(',')}]` : lines.map((line) => `${line}\n`).join('');
      const id = `msg_${digest}`;
      const headers = () => ({
        'content-type': json ? 'application/json' : 'application/x-ndjson',
        'webhook-id': id,
        ...signed(options.signedWith, id, body, sending.clock()),
      });
      await post({ url, destination: `${url.origin}${url.pathname}`, headers, body }, sending);
      return [];
    },
  };
}

function signed(name: string | undefined, id: string, body: string, now: number): Record<string, string> {
  const timestamp = String(Math.floor(now / SECOND));
  if (name === undefined) return { 'webhook-timestamp': timestamp };
  const value = secret(name);
  const key = value.startsWith('whsec_') ? Buffer.from(value.slice('whsec_'.length), 'base64') : Buffer.from(value);
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
