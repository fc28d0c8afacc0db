/**
 * The sinks there are. A sink makes stream files, or it takes chunks of records.
 */
import * as z from 'zod';
import { BusOptions, busSink } from './bus.ts';
import type { ChunkSink, Delivery } from './chunk.ts';
import { FirehoseOptions, firehoseSink } from './firehose.ts';
import { HttpOptions, httpSink } from './http.ts';
import { KeenOptions, keenSink } from './keen.ts';
import type { Sending } from './post.ts';
import { S3Options } from './s3.ts';

/** Options of sinks that take chunks. */
export const ChunkSinkOptions = z.discriminatedUnion('kind', [KeenOptions, HttpOptions, BusOptions, FirehoseOptions]);
export type ChunkSinkOptions = z.output<typeof ChunkSinkOptions>;

export const SinkOptions = z.discriminatedUnion('kind', [S3Options, ...ChunkSinkOptions.options]);
export type SinkOptions = z.output<typeof SinkOptions>;

export function openChunkSink(options: ChunkSinkOptions, delivery: Delivery, sending: Sending): ChunkSink {
  switch (options.kind) {
    case 'keen':
      return keenSink(options, delivery, sending);
    case 'http':
      return httpSink(options, sending);
    case 'bus':
      return busSink(delivery);
    case 'firehose':
      return firehoseSink(options, sending);
  }
}
