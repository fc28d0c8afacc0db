/**
 * A workflow's reading of one stream file: exactly the version its event points to, with what it rejects quarantined
 * and announced.
 */
import { publish } from '../bus/index.ts';
import { follow, type Metadata, type StreamFile, StreamFileQuarantined } from '../event/index.ts';
import { log, MillraceError, messageOf } from '../runtime/index.ts';
import type { LateRejections } from './late-rejections.ts';
import { openObject } from './object.ts';
import type { FileCounts } from './progress.ts';
import { Quarantine, type SuspendedQuarantine } from './quarantine.ts';
import { type ReadPosition, type RecordHandlers, readPart } from './reader.ts';

export interface Reading {
  readonly file: StreamFile;
  /** Who reads: quarantine is kept apart by workflow. */
  readonly workflow: string;
  /** Metadata of the event that named the file. */
  readonly cause: Metadata;
}

export interface FileHandlers extends Omit<RecordHandlers, 'rejected'> {
  /** Awaited after the last record of a reading, and where it is stopped. */
  ended?(): Promise<void>;
  /** By which a record may be rejected after it was taken. */
  readonly late?: LateRejections | undefined;
}

/** A reading that was stopped half-way. */
export interface StoppedReading {
  readonly at: ReadPosition;
  readonly quarantine: SuspendedQuarantine;
}

/**
 * Reads a file record by record; see `readRecords`. Rejected lines lie in the quarantine file, and the event that says so
 * is published, before it returns.
 * @throws MissingFile, SupersededFile, OutOfTime; what a handler throws; then nothing is quarantined or announced.
 */
export async function readStreamFile(reading: Reading, handlers: FileHandlers): Promise<FileCounts> {
  return (await readFile(reading, handlers, {})).counts;
}

interface PartOfFile {
  /** Where it was stopped the last time. */
  readonly before?: StoppedReading | undefined;
  /** Asked now and then whether to stop. */
  readonly due?: (() => boolean) | undefined;
}

interface FilePart {
  readonly counts: FileCounts;
  /** Absent where it was read to its end. */
  readonly stopped?: StoppedReading;
}

/** `readStreamFile`, of which a part may be done at a time: what was refused so far is kept with where it was stopped. */
export async function readStreamFilePart(
  reading: Reading,
  handlers: FileHandlers,
  part: PartOfFile,
): Promise<FilePart> {
  return await readFile(reading, handlers, part);
}

async function readFile(reading: Reading, handlers: FileHandlers, { before, due }: PartOfFile): Promise<FilePart> {
  const quarantine = new Quarantine(reading.workflow, reading.file, before?.quarantine);
  const { late } = handlers;
  try {
    const refusing: RecordHandlers = {
      ...(handlers.raw === undefined ? {} : { raw: handlers.raw.bind(handlers) }),
      record: (value, line, bytes, offset) => handlers.record(value, line, bytes, offset),
      rejected: (line) => (late === undefined ? quarantine.add(line) : late.hold(line)),
      drained: () => {
        for (const line of late?.released() ?? []) quarantine.add(line);
        return both(handlers.drained?.(), quarantine.drained());
      },
    };
    const { counts: read, stoppedAt } = await readPart(await openObject(reading.file), refusing, {
      from: before?.at,
      due,
    });
    await handlers.ended?.();
    for (const line of late?.all() ?? []) quarantine.add(line);
    const counts = late?.counted(read) ?? read;
    checkCounts(counts, quarantine);
    if (stoppedAt !== undefined) {
      const { accepted, quarantined } = counts; // with those rejected late, which are forgotten here
      return {
        counts,
        stopped: { at: { ...stoppedAt, accepted, quarantined }, quarantine: await quarantine.suspend() },
      };
    }
    await quarantine.finish();
    if (quarantine.lines > 0) await announce(reading, quarantine);
    return { counts };
  } catch (caught) {
    await abort(quarantine);
    throw caught;
  }
}

function both(one: Promise<void> | undefined, other: Promise<void> | undefined): Promise<void> | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Promise.all([one, other]).then(() => undefined);
}

/** Nothing is lost in silence: what was read was accepted or lies in quarantine. */
function checkCounts({ read, accepted, quarantined }: FileCounts, { lines }: Quarantine): void {
  if (read === accepted + quarantined && quarantined === lines) return;
  throw new MillraceError(
    'miscounted',
    `${read} lines read, ${accepted} accepted, ${lines} quarantined: report this, and replay the file`,
  );
}

async function announce({ file, workflow, cause }: Reading, quarantine: Quarantine): Promise<void> {
  const { bucket, key, size, etag, project, collection } = file;
  const metadata = follow(cause, {
    type: StreamFileQuarantined.type,
    subject: [workflow, bucket, key, etag],
    project,
    producedBy: workflow,
  });
  const { lines, reasons } = quarantine;
  log.warn('lines quarantined', { workflow, bucket, key, lines, quarantineKey: quarantine.key });
  await publish([
    StreamFileQuarantined.create(
      { file: { bucket, key, size, etag }, collection, workflow, lines, reasons, quarantineKey: quarantine.key },
      metadata,
    ),
  ]);
}

/** The error that led here is the one to report. */
async function abort(quarantine: Quarantine): Promise<void> {
  try {
    await quarantine.abort();
  } catch (caught) {
    log.warn('could not abort the upload of a quarantine file', { key: quarantine.key, error: messageOf(caught) });
  }
}
