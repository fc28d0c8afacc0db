/**
 * The streams of a project, and the files of one.
 */
import { streamsBucket } from '@millrace/core/resource';
import { iso } from '@millrace/core/runtime';
import { FileProgress, FileReceipt, Stream } from '@millrace/core/stream';
import { fromKeyPart, type KeyPart, keyPart, table } from '@millrace/core/table';
import { type Page, type PageQuery, pageOf } from './page.ts';
import { type Receipt, receipts } from './receipts.ts';

/** Times in ISO 8601. */
export interface StreamView {
  readonly collection: string;
  /** `producer`, and the workflows that write it. */
  readonly writtenBy: readonly string[];
  readonly files: number;
  /** As stored. */
  readonly bytes: number;
  /** The span of its files: start of the first interval, end of the last. */
  readonly from: string;
  readonly to: string;
  /** Absent where nobody waits for the stream, or it has not settled yet. */
  readonly watermark?: string;
}

/** By name. @returns `complete` false where there were too many files to look through. */
export async function listStreams(project: string): Promise<{ items: StreamView[]; complete: boolean }> {
  const [{ receipts: all, complete }, { data: settled }] = await Promise.all([
    receipts(project),
    Stream.query.byProject({ project: keyPart(project) }).go({ ...table(), pages: 'all' }),
  ]);
  const watermarks = new Map<string, number>(settled.map(({ collection, watermark }) => [collection, watermark]));
  const streams = new Map<KeyPart, Receipt[]>();
  for (const receipt of all) {
    const files = streams.get(receipt.collection);
    if (files === undefined) streams.set(receipt.collection, [receipt]);
    else files.push(receipt);
  }
  const items = [...streams].map(([collection, files]) => {
    const watermark = watermarks.get(collection);
    const view = { collection: fromKeyPart(collection) ?? collection, ...summaryOf(files) };
    return watermark === undefined ? view : { ...view, watermark: iso(watermark) };
  });
  return { items: items.toSorted((a, b) => a.collection.localeCompare(b.collection)), complete };
}

function summaryOf(files: readonly Receipt[]) {
  let [bytes, from, to] = [0, Number.POSITIVE_INFINITY, 0];
  for (const { size, interval, intervalLength } of files) {
    bytes += size;
    from = Math.min(from, interval);
    to = Math.max(to, interval + intervalLength);
  }
  const writtenBy = [...new Set(files.map((file) => file.writtenBy))].toSorted();
  return { writtenBy, files: files.length, bytes, from: iso(from), to: iso(to) };
}

/** Times in ISO 8601. */
export interface FileView {
  readonly key: string;
  readonly interval: string;
  readonly receivedAt: string;
  readonly bytes: number;
  readonly writtenBy: string;
  /** What each workflow that is done with it counted. */
  readonly work: readonly { readonly workflow: string; readonly counts: unknown }[];
}

/** A page of a stream's files, newest interval first. */
export async function listFiles(project: string, collection: string, query: PageQuery): Promise<Page<FileView>> {
  const stream = { project: keyPart(project), collection: keyPart(collection) };
  const page = await pageOf(
    ['files', project, collection],
    query,
    (options) => FileReceipt.query.byInterval(stream).go({ ...options, order: 'desc' }),
    (receipt) => receipt,
  );
  const items = await Promise.all(page.items.map(async (file) => fileView(file, await workOn(file))));
  return { ...page, items };
}

async function workOn({ key, etag }: FileReceipt): Promise<FileView['work']> {
  const file = { bucket: keyPart(streamsBucket()), file: keyPart(key) };
  const { data } = await FileProgress.query.byFile(file).go({ ...table(), pages: 'all' });
  return data
    .filter((progress) => progress.etag === etag)
    .map(({ workflow, counts }) => ({ workflow: fromKeyPart(workflow) ?? workflow, counts }));
}

function fileView({ key, interval, receivedAt, size, writtenBy }: FileReceipt, work: FileView['work']): FileView {
  return { key, interval: iso(interval), receivedAt: iso(receivedAt), bytes: size, writtenBy, work };
}
