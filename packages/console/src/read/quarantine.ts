/**
 * What workflows refused of a project's files: the lines, with their bytes and why.
 */
import { streamsBucket } from '@millrace/core/resource';
import { layoutOf, listQuarantine, type QuarantineEntry, readQuarantine, type Streams } from '@millrace/core/stream';
import { openMark, type Page, type PageQuery, sealMark } from './page.ts';

/** Lines shown of a file; the others lie where the file says. */
const LINES = 20;
/** Bytes shown of a line. */
const SHOWN = 2000;

export interface RefusedLine {
  /** From 1. */
  readonly line: number;
  readonly reason: string;
  readonly message: string;
  /** Its beginning, as text. */
  readonly text: string;
}

export interface QuarantineView extends QuarantineEntry {
  /** The first of its lines. */
  readonly shown: readonly RefusedLine[];
}

/**
 * A page of quarantine files, by key. Other projects' files lie between them, so a page may hold fewer than `limit`, or
 * none, and still have a next.
 * @param streams tells whose file a key is.
 */
export async function listRefused(project: string, streams: Streams, query: PageQuery): Promise<Page<QuarantineView>> {
  const scope = ['quarantine', project];
  const bucket = streamsBucket();
  const after = query.after === undefined ? {} : { after: openMark(scope, query.after) };
  const page = await listQuarantine({ bucket, limit: query.limit, ...after });
  const own = page.entries.filter(({ source }) => projectOf(source, bucket, streams) === project);
  const items = await Promise.all(own.map(async (entry) => ({ ...entry, shown: await linesOf(bucket, entry.key) })));
  return { items, ...(page.next === undefined ? {} : { next: sealMark(scope, page.next) }) };
}

/** Undefined where the layout does not know: then it is nobody's, and nobody is shown it. */
function projectOf(source: string, bucket: string, streams: Streams): string | undefined {
  const prefix = `s3://${bucket}/`;
  if (!source.startsWith(prefix)) return undefined;
  const key = source.slice(prefix.length);
  try {
    // Metadata could name another collection or time, and no other project; without it, any valid stand-in does.
    const metadata = { collection: 'any', timestamp: '1970-01-01T00:00:00.000Z' };
    return layoutOf(streams, { bucket, key }, bucket).parse(key, metadata).project;
  } catch {
    return undefined;
  }
}

async function linesOf(bucket: string, key: string): Promise<RefusedLine[]> {
  const lines: RefusedLine[] = [];
  await readQuarantine({ bucket, key }, ({ line, reason, message, bytes }) => {
    if (lines.length < LINES) lines.push({ line, reason, message, text: textOf(bytes) });
  });
  return lines;
}

/** What is no UTF-8 shows as replacement characters. */
function textOf(bytes: Buffer): string {
  return bytes.subarray(0, SHOWN).toString() + (bytes.length > SHOWN ? '…' : '');
}
