/**
 * Where streams come from: which layout a file has, by its bucket and by how its key begins.
 */
import { ConfigurationError } from '../runtime/index.ts';
import type { Layout } from './layout.ts';

export interface StreamSource {
  /** Absent for the app's own bucket, the one that is linked. */
  readonly bucket?: string;
  /** What its keys begin with; absent for all. */
  readonly prefix?: string;
  readonly layout: Layout;
}

export interface Streams {
  /** Of derived files, and of all files that no source claims. */
  readonly layout: Layout;
  /** Producers with another layout, tried in order. */
  readonly sources: readonly StreamSource[];
  /** An interval without a file counts as complete this long (ms) after its end or after the first file behind it. */
  readonly idleTimeout: number;
}

/**
 * Checks a declaration of streams.
 * @throws ConfigurationError where a source can never be reached.
 */
export function defineStreams(given: {
  readonly layout: Layout;
  readonly sources?: readonly StreamSource[];
  readonly idleTimeout: number;
}): Streams {
  const { layout, sources = [], idleTimeout } = given;
  if (!Number.isSafeInteger(idleTimeout) || idleTimeout < 0) {
    throw new ConfigurationError(`an idle timeout of ${idleTimeout} is none; give whole milliseconds`);
  }
  for (const [index, source] of sources.entries()) {
    const before = sources.slice(0, index).find((other) => other.bucket === source.bucket && covers(other, source));
    if (before === undefined) continue;
    throw new ConfigurationError(
      `no file reaches the source ${spell(source)}: ${spell(before)} stands before it; put the longer prefix first`,
    );
  }
  return { layout, sources, idleTimeout };
}

/** The layout of a file. @param own the name of the app's bucket. */
export function layoutOf(
  { layout, sources }: Pick<Streams, 'layout' | 'sources'>,
  { bucket, key }: { readonly bucket: string; readonly key: string },
  own: string,
): Layout {
  const source = sources.find((one) => (one.bucket ?? own) === bucket && key.startsWith(one.prefix ?? ''));
  return source?.layout ?? layout;
}

function covers({ prefix = '' }: StreamSource, other: StreamSource): boolean {
  return (other.prefix ?? '').startsWith(prefix);
}

function spell({ bucket, prefix = '' }: StreamSource): string {
  return `s3://${bucket ?? '(own bucket)'}/${prefix}`;
}
