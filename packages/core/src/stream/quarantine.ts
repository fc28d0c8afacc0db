/**
 * Where rejected lines go: one file a (workflow, stream file), a JSON object a line, with the original bytes. Made only
 * when something was rejected; the same bytes at every run, over the same key.
 */
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { type FilePointer, QUARANTINE_PREFIX } from '../event/index.ts';
import { hash } from '../runtime/index.ts';
import { readObjectIfPresent, s3 } from './object.ts';
import { readRecords } from './reader.ts';
import type { JsonObject } from './record.ts';
import { LIMITS, type RejectedLine } from './rejection.ts';
import { ObjectUpload, type SuspendedUpload } from './upload.ts';

/** Bytes of an S3 key. */
const MAX_KEY = 1024;
/** A quarantined record in base64, and the rest of its line. */
const LINE_LIMITS = { ...LIMITS, recordBytes: 2 * LIMITS.recordBytes };

/** The quarantine file of a stream file; of a key too long to stand in another one, its hash stands for it. */
export function quarantineKey(workflow: string, key: string): string {
  const spelled = `${QUARANTINE_PREFIX}${workflow}/${key}.ndjson`;
  return Buffer.byteLength(spelled) <= MAX_KEY ? spelled : `${QUARANTINE_PREFIX}${workflow}/${hash(key)}.ndjson`;
}

/** The rejected lines of a run that was stopped half-way. */
export interface SuspendedQuarantine {
  readonly lines: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly upload?: SuspendedUpload;
}

/** Gathers the rejected lines of one run over one file. */
export class Quarantine {
  readonly key: string;
  readonly #file: FilePointer;
  readonly #reasons = new Map<string, number>();
  #lines = 0;
  #upload: ObjectUpload | undefined;

  /** @param before what `suspend()` gave for the same file. */
  constructor(workflow: string, file: FilePointer, before?: SuspendedQuarantine) {
    this.key = quarantineKey(workflow, file.key);
    this.#file = file;
    if (before === undefined) return;
    this.#lines = before.lines;
    for (const [reason, lines] of Object.entries(before.reasons)) this.#reasons.set(reason, lines);
    if (before.upload !== undefined) this.#upload = this.#open(before.upload);
  }

  get lines(): number {
    return this.#lines;
  }

  /** Lines by reason. */
  get reasons(): Record<string, number> {
    return Object.fromEntries(this.#reasons);
  }

  add({ line, offset, reason, message, bytes }: RejectedLine): void {
    this.#lines++;
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    this.#upload ??= this.#open();
    const source = `s3://${this.#file.bucket}/${this.#file.key}`;
    const entry = { line, offset, reason, message, source, bytes: bytes.toString('base64') };
    this.#upload.write(Buffer.from(`${JSON.stringify(entry)}\n`));
  }

  drained(): Promise<void> | undefined {
    return this.#upload?.drained();
  }

  async finish(): Promise<void> {
    await this.#upload?.finish();
  }

  async abort(): Promise<void> {
    await this.#upload?.abort();
  }

  /** Stops; a new one that is given the result goes on. */
  async suspend(): Promise<SuspendedQuarantine> {
    const upload = await this.#upload?.suspend();
    return { lines: this.#lines, reasons: this.reasons, ...(upload === undefined ? {} : { upload }) };
  }

  #open(before?: SuspendedUpload): ObjectUpload {
    const target = {
      bucket: this.#file.bucket,
      key: this.key,
      contentType: 'application/x-ndjson',
      metadata: { 'millrace-source-etag': this.#file.etag },
    };
    return new ObjectUpload(target, before);
  }
}

export interface QuarantineEntry {
  readonly key: string;
  readonly workflow: string;
  /** `s3://…` of the file the lines are from. */
  readonly source: string;
  readonly lines: number;
  /** Lines by reason. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** A rejected line, read back; `source` is the `s3://…` of the file it is from. */
export interface QuarantinedLine extends RejectedLine {
  readonly source: string;
}

const Entry = z.object({
  line: z.number(),
  offset: z.number(),
  reason: z.string(),
  message: z.string(),
  source: z.string(),
  bytes: z.base64().transform((text) => Buffer.from(text, 'base64')),
});

/** Calls `each` for every line of a quarantine file, in order. @returns whether there is such a file. */
export async function readQuarantine(
  { bucket, key }: { readonly bucket: string; readonly key: string },
  each: (line: QuarantinedLine) => void,
): Promise<boolean> {
  const body = await readObjectIfPresent(bucket, key);
  if (body === undefined) return false;
  const record = (entry: JsonObject) => each(Entry.parse(entry));
  await readRecords(body, { record, rejected: () => undefined }, LINE_LIMITS);
  return true;
}

/**
 * A page of quarantine files, by key. Each is read through to count it.
 * @param query.after the `next` of the page before.
 * @param query.limit entries of a page, at most 1000.
 */
export async function listQuarantine(query: {
  readonly bucket: string;
  readonly workflow?: string;
  readonly after?: string;
  readonly limit?: number;
}): Promise<{ readonly entries: readonly QuarantineEntry[]; readonly next?: string }> {
  const page = await s3().send(
    new ListObjectsV2Command({
      Bucket: query.bucket,
      Prefix: query.workflow === undefined ? QUARANTINE_PREFIX : `${QUARANTINE_PREFIX}${query.workflow}/`,
      MaxKeys: query.limit ?? 100,
      ...(query.after === undefined ? {} : { StartAfter: query.after }),
    }),
  );
  const keys = (page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key]));
  const entries: QuarantineEntry[] = [];
  for (const key of keys) {
    const entry = await summarizeQuarantine(query.bucket, key);
    if (entry !== undefined) entries.push(entry);
  }
  const last = keys.at(-1);
  return page.IsTruncated && last !== undefined ? { entries, next: last } : { entries };
}

/** What a quarantine file holds; undefined where there is none. */
export async function summarizeQuarantine(bucket: string, key: string): Promise<QuarantineEntry | undefined> {
  const body = await readObjectIfPresent(bucket, key);
  if (body === undefined) return undefined;
  const reasons = new Map<string, number>();
  let source = '';
  const record = (entry: JsonObject) => {
    const { reason } = entry;
    if (typeof reason === 'string') reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    if (source === '' && typeof entry.source === 'string') source = entry.source;
  };
  const { read } = await readRecords(body, { record, rejected: () => undefined }, LINE_LIMITS);
  const workflow = key.slice(QUARANTINE_PREFIX.length).split('/')[0] ?? '';
  return { key, workflow, source, lines: read, reasons: Object.fromEntries(reasons) };
}
