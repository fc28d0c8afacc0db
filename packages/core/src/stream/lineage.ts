/**
 * What a derived file's object metadata says of where it comes from, so that ingest can go on counting hops and no
 * workflow eats its own output.
 */
import * as z from 'zod';
import type { Metadata, StreamFile } from '../event/index.ts';
import { hash } from '../runtime/index.ts';

/** S3 takes 2 KB of metadata in all. */
const MAX_SOURCE = 1024;

/** Anybody who may write to the bucket can write these, so each is checked. */
const Lineage = z
  .object({
    'millrace-written-by': z.string().regex(/^[a-z][a-z0-9-]{0,63}$/),
    'millrace-trace-id': z.string().regex(/^trc_[0-9a-z]{26}$/),
    'millrace-caused-by': z.string().regex(/^evt_[0-9a-z]{26}$/),
    'millrace-hop': z
      .string()
      .regex(/^\d{1,4}$/)
      .transform(Number),
  })
  .transform((named) => ({
    writtenBy: named['millrace-written-by'],
    traceId: named['millrace-trace-id'],
    causedBy: named['millrace-caused-by'],
    hop: named['millrace-hop'],
  }));
export type Lineage = z.infer<typeof Lineage>;

/** The metadata of a file that `workflow` derives from `source` while it handles `cause`. */
export function lineageMetadata(workflow: string, cause: Metadata, source: StreamFile): Record<string, string> {
  const uri = encodeURI(`s3://${source.bucket}/${source.key}`);
  return {
    'millrace-written-by': workflow,
    'millrace-trace-id': cause.traceId,
    'millrace-caused-by': cause.id,
    'millrace-hop': String(cause.hop + 1),
    'millrace-source': uri.length <= MAX_SOURCE ? uri : `s3://${source.bucket}/#${hash(source.key)}`,
  };
}

/** Undefined for a producer's file, and for one whose lineage is not of our making. */
export function parseLineage(metadata: Readonly<Record<string, string>>): Lineage | undefined {
  const parsed = Lineage.safeParse(metadata);
  return parsed.success ? parsed.data : undefined;
}
