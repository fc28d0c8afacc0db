/**
 * The `firehose` sink: records with a line break behind each, into a delivery stream. Firehose delivers at least once and
 * has no key by which it could tell a repeat.
 */
import { FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import * as z from 'zod';
import { MillraceError, retryRemaining } from '../../runtime/index.ts';
import type { ChunkSink } from './chunk.ts';
import type { Sending } from './post.ts';

export const FirehoseOptions = z.strictObject({
  kind: z.literal('firehose'),
  /** Name of the delivery stream. */
  stream: z.string().regex(/^[a-zA-Z0-9_.-]{1,64}$/, 'is the name of a delivery stream'),
});
export type FirehoseOptions = z.output<typeof FirehoseOptions>;

/** What Firehose takes: 500 records and 4 MiB a request, 1,000 KiB a record. https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html */
const MAX_RECORDS = 500;
const MAX_BYTES = 4 * 1024 * 1024 - MAX_RECORDS; // with their line breaks
const MAX_RECORD_BYTES = 1000 * 1024 - 1;
/** Of the records that did not go; with the back-off of requests about 15 s. */
const ATTEMPTS = 6;

/** Some records of a chunk never went; the next run sends the chunk again. */
export class FirehoseBusy extends MillraceError {
  constructor(stream: string, left: number, code: string) {
    super('sink_unavailable', `Firehose ${stream} did not take ${left} records after ${ATTEMPTS} attempts (${code})`);
  }
}

let shared: FirehoseClient | undefined;

export function firehoseSink({ stream }: FirehoseOptions, { backoff }: Sending): ChunkSink {
  return {
    destination: `firehose:${stream}`,
    maxRecords: MAX_RECORDS,
    maxBytes: MAX_BYTES,
    maxRecordBytes: MAX_RECORD_BYTES,
    send: async (chunk) => {
      shared ??= new FirehoseClient({});
      const client = shared;
      const records = chunk.records.map(({ json }) => ({ Data: Buffer.from(`${json}\n`) }));
      let code = '';
      const left = await retryRemaining(
        records,
        async (remaining) => {
          const answer = await client.send(
            new PutRecordBatchCommand({ DeliveryStreamName: stream, Records: remaining }),
          );
          const failed = remaining.filter((_, index) => {
            const error = answer.RequestResponses?.[index]?.ErrorCode;
            if (error !== undefined) code = error;
            return error !== undefined;
          });
          return failed.length === 0 ? undefined : failed;
        },
        { times: ATTEMPTS, backoff },
      );
      if (left !== undefined) throw new FirehoseBusy(stream, left.length, code);
      return [];
    },
  };
}
