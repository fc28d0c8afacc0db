/**
 * The `bus` sink: one typed event a record on the bus, for streams of low volume that other teams' rules match on. Ids are
 * those of the record, so consumers may drop repeats by them.
 */
import * as z from 'zod';
import { publish } from '../../bus/index.ts';
import { CopyRecordCopied, follow } from '../../event/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import type { ChunkSink, Delivery } from './chunk.ts';

export const BusOptions = z.strictObject({ kind: z.literal('bus') });
export type BusOptions = z.output<typeof BusOptions>;

/** Ten requests. */
const MAX_RECORDS = 100;
/** EventBridge takes 1 MiB an event; the rest is for its metadata and pointer. */
const MAX_BYTES = 1024 * 1024 - 16 * 1024;

export function busSink({ copy, source, cause, workflow }: Delivery): ChunkSink {
  const { bucket, key, etag, project, collection, interval } = source;
  return {
    destination: 'bus',
    maxRecords: MAX_RECORDS,
    maxBytes: MAX_BYTES,
    send: async ({ records }) => {
      const events = records.map(({ line, json }) => {
        const metadata = follow(cause, {
          type: CopyRecordCopied.type,
          subject: [copy, bucket, key, etag, line],
          project,
          producedBy: workflow,
        });
        const record: JsonObject = JSON.parse(json); // made by JSON.stringify of an object, or proven to be one
        return CopyRecordCopied.create({ source, line, collection, interval, declaredBy: copy, record }, metadata);
      });
      await publish(events);
      return [];
    },
  };
}
