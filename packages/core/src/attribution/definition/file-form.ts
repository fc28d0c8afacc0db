/**
 * How the files lie that attribution works on, and how their records are read.
 */
import { ConfigurationError } from '../../runtime/index.ts';
import { streamsBucket } from '../../runtime/resource.ts';
import { type Layout, layoutOf, type StreamSource } from '../../stream/index.ts';

/** How files lie in buckets. */
export interface AttributionStreams {
  /** Of the files that are looked for by name, and of the results. */
  readonly layout: Layout;
  /** Producers with another layout; their files are known by what announces them. */
  readonly sources?: readonly StreamSource[];
}

/**
 * The layout that records of a file are read by.
 * @throws ConfigurationError where its intervals are of another length: what is missing is told in intervals of one.
 */
export function formOf(
  file: { readonly bucket: string; readonly key: string },
  { layout, sources = [] }: AttributionStreams,
): Layout {
  const own = layoutOf({ layout, sources }, file, streamsBucket());
  if (own.intervalLength === layout.intervalLength) return own;
  throw new ConfigurationError(
    `s3://${file.bucket}/${file.key} holds ${own.intervalLength} ms, other streams ${layout.intervalLength}; attribution needs intervals of one length in all of streams.ts`,
  );
}
