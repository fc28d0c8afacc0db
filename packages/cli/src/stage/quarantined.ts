/**
 * The lines workflows refused, read back from where they lie.
 */
import { type JsonObject, listQuarantine, readObjectIfPresent, readRecords } from '@millrace/core/stream';

export interface QuarantinedLine {
  /** `s3://…` of the file it is from. */
  readonly source: string;
  /** From 1. */
  readonly line: number;
  readonly reason: string;
  readonly message: string;
}

/** A quarantine file: what one workflow refused of one stream file. */
export interface QuarantineFile {
  /** `s3://…` of where the lines lie. */
  readonly uri: string;
  readonly workflow: string;
  readonly source: string;
  readonly lines: readonly QuarantinedLine[];
}

/** Every quarantine file of a bucket (or of one workflow), by key. Holds all of it but the lines' bytes in memory. */
export async function quarantineFiles(bucket: string, workflow?: string): Promise<QuarantineFile[]> {
  const files: QuarantineFile[] = [];
  const scope = { bucket, ...(workflow === undefined ? {} : { workflow }) };
  for (let after: string | undefined, more = true; more; ) {
    const page = await listQuarantine({ ...scope, ...(after === undefined ? {} : { after }) });
    for (const entry of page.entries) {
      const lines = await linesOf(bucket, entry.key);
      files.push({ uri: `s3://${bucket}/${entry.key}`, workflow: entry.workflow, source: entry.source, lines });
    }
    after = page.next;
    more = after !== undefined;
  }
  return files;
}

async function linesOf(bucket: string, key: string): Promise<QuarantinedLine[]> {
  const body = await readObjectIfPresent(bucket, key);
  const lines: QuarantinedLine[] = [];
  if (body === undefined) return lines;
  const record = ({ source, line, reason, message }: JsonObject) => {
    lines.push({ source: String(source), line: Number(line), reason: String(reason), message: String(message) });
  };
  await readRecords(body, { record, rejected: () => undefined });
  return lines;
}

/** Lines that were refused, each once whoever and how many refused it. */
export function distinctLines(files: readonly QuarantineFile[]): QuarantinedLine[] {
  const distinct = new Map<string, QuarantinedLine>();
  for (const line of files.flatMap(({ lines }) => lines)) distinct.set(`${line.source}\n${line.line}`, line);
  return [...distinct.values()];
}
