/**
 * The streaming reader: bytes as stored → decompressed → cut into records → parsed, each handed to a callback. Memory is
 * fixed whatever the size of the file, and whatever it contains nothing is thrown: what cannot be read is rejected with a
 * reason, and its neighbours are not touched.
 */
import { isUtf8 } from 'node:buffer';
import { currentDeadline, MillraceError } from '../runtime/index.ts';
import { decompress } from './decompress.ts';
import { parseRecord, Unparsable } from './parse.ts';
import type { FileCounts } from './progress.ts';
import type { JsonObject } from './record.ts';
import { LIMITS, type Limits, type RejectedLine, type Rejection, Unreadable } from './rejection.ts';
import { ContentSplitter } from './split/container.ts';
import { divide } from './split/divide.ts';
import type { RecordSink, SplitPosition, Tail } from './split/splitter.ts';

export interface RecordHandlers {
  /**
   * Called before a record is parsed: `bytes[start, end)` starts with `{`, is valid UTF-8 within the size limit, and neither parsed nor
   * decoded. True takes it: whoever does so vouches that `JSON.parse` would give an object nested no deeper than the
   * limit, and `record` is not called. False has it parsed. `bytes` is valid only during the call.
   */
  raw?(bytes: Buffer, start: number, end: number, line: number): boolean;
  /**
   * Called for each record in the order of the file. `bytes` is valid only during the call; `offset` is where they start in
   * the decompressed file. Whoever returns a `Rejection` has the line quarantined by its own word.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler that never rejects need not return anything
  record(value: JsonObject, line: number, bytes: Buffer, offset: number): Rejection | undefined | void;
  rejected(line: RejectedLine): void;
  /** Awaited between pieces of input (at most 64 KiB of content) when it returns a promise: the only place to wait. */
  drained?(): Promise<void> | undefined;
}

/**
 * Reads a stream file: gzip (several members), zstd (several frames) or plain; one JSON object a line, one after the
 * other without line breaks, in an array, or in `{"Records":[…]}`. The content tells which.
 * Lines rejected are counted with what breaks off the file, so `read` is always `accepted + quarantined`.
 * @throws only what `body` or a handler throws; and OutOfTime where the run it is called in nears its end.
 */
export async function readRecords(
  body: AsyncIterable<Uint8Array>,
  handlers: RecordHandlers,
  limits: Limits = LIMITS,
): Promise<FileCounts> {
  return (await readPart(body, handlers, { limits })).counts;
}

/** A run's time nears its end, and the file's does not: it stops here, while it can still say so. */
export class OutOfTime extends MillraceError {
  /** @param hopeless whether the reading had the whole run: another one would get no further. */
  constructor(records: number, hopeless: boolean) {
    super(
      'out_of_time',
      hopeless
        ? `a run is too short to read the file: it came to record ${records}. Raise the timeout or the memory of the ` +
            'function in packages/functions/src/workflows.ts, or have the records written as several files; then redrive'
        : `the run had no time left to read on behind record ${records}; it is tried again`,
      { retryable: !hopeless },
    );
  }
}

/** Where a reading was stopped: another one goes on there, as if it had been one. */
export interface ReadPosition {
  readonly split: SplitPosition;
  readonly accepted: number;
  readonly quarantined: number;
}

export interface PartOptions {
  readonly limits?: Limits;
  /** Where an earlier reading of the same content was stopped; what lies before is decompressed, and not looked at. */
  readonly from?: ReadPosition | undefined;
  /** Asked between pieces whether to stop. Without it a reading that cannot be stopped gives up when its run nears its end. */
  readonly due?: (() => boolean) | undefined;
}

/** `counts` are those of all the content up to the end, or to where it was stopped. */
export interface ReadPart {
  readonly counts: FileCounts;
  /** Absent where it was read to its end. */
  readonly stoppedAt?: ReadPosition;
}

/** `readRecords`, of which a part may be done at a time. */
export async function readPart(
  body: AsyncIterable<Uint8Array>,
  handlers: RecordHandlers,
  { limits = LIMITS, from, due }: PartOptions,
): Promise<ReadPart> {
  const sink = new HandlerSink(handlers, limits, from);
  const isDue = due ?? givingUp(() => sink.counts().read);
  const splitter = new ContentSplitter(sink, limits.recordBytes, from?.split);
  try {
    const pieces = decompress(body, limits);
    for await (const piece of from === undefined ? pieces : behind(from.split.offset, pieces)) {
      splitter.push(piece);
      const drained = handlers.drained?.();
      if (drained !== undefined) await drained;
      const stoppedAt = isDue() ? sink.stoppedAt(splitter.position(), from) : undefined;
      if (stoppedAt !== undefined) return { counts: sink.counts(), stoppedAt };
    }
    splitter.end();
  } catch (caught) {
    if (!(caught instanceof Unreadable)) throw caught;
    sink.brokenOff(splitter.breakOff(), caught);
  }
  return { counts: sink.counts() };
}

/** What stands in for `due` where nobody goes on: never true. @throws OutOfTime. */
function givingUp(read: () => number): () => boolean {
  const deadline = currentDeadline();
  if (deadline === undefined) return () => false;
  const hadTheWholeRun = deadline.isFar();
  return () => {
    if (deadline.nears()) throw new OutOfTime(read(), hadTheWholeRun);
    return false;
  };
}

/** What of the content lies behind an offset. */
async function* behind(offset: number, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  let end = 0;
  for await (const piece of pieces) {
    const start = end;
    end += piece.length;
    if (end > offset) yield start >= offset ? piece : piece.subarray(offset - start);
  }
}

/** Parses what the splitter finds, calls the handlers and keeps the counts. */
class HandlerSink implements RecordSink {
  readonly #handlers: RecordHandlers;
  readonly #limits: Limits;
  #accepted: number;
  #quarantined: number;

  constructor(handlers: RecordHandlers, limits: Limits, from: ReadPosition | undefined) {
    this.#handlers = handlers;
    this.#limits = limits;
    this.#accepted = from?.accepted ?? 0;
    this.#quarantined = from?.quarantined ?? 0;
  }

  /** Undefined where it cannot be stopped, or nothing has been done since the last time: a run has to get on. */
  stoppedAt(split: SplitPosition | undefined, from: ReadPosition | undefined): ReadPosition | undefined {
    if (split === undefined || split.line <= (from?.split.line ?? 1)) return undefined;
    return { split, accepted: this.#accepted, quarantined: this.#quarantined };
  }

  counts(): FileCounts {
    return { read: this.#accepted + this.#quarantined, accepted: this.#accepted, quarantined: this.#quarantined };
  }

  get wantsRaw(): boolean {
    return this.#handlers.raw !== undefined;
  }

  raw(bytes: Buffer, start: number, end: number, line: number): boolean {
    const taken = this.#handlers.raw?.(bytes, start, end, line) ?? false;
    if (taken) this.#accepted++;
    return taken;
  }

  record(
    text: string,
    line: number,
    offset: number,
    bytes: Buffer,
    start: number,
    end: number,
    openings?: number,
  ): number {
    const value = parseRecord(text, this.#limits.nesting, openings);
    if (value instanceof Unparsable && value.reason === 'invalid_json') {
      const parts = divide(bytes, start, end);
      for (const [n, part] of (parts ?? []).entries()) {
        const json = bytes.toString('utf8', part.start, part.end);
        this.record(json, line + n, offset + part.start - start, bytes, part.start, part.end);
      }
      if (parts !== undefined) return parts.length;
    }
    const slice = bytes.subarray(start, end);
    const rejection = value instanceof Unparsable ? value : this.#handlers.record(value, line, slice, offset);
    if (rejection) this.#reject(rejection, line, offset, slice);
    else this.#accepted++;
    return 1;
  }

  invalidUtf8(line: number, offset: number, bytes: Buffer): void {
    this.#reject({ reason: 'invalid_utf8', message: 'not valid UTF-8; write JSON as UTF-8' }, line, offset, bytes);
  }

  tooLarge(line: number, offset: number, head: Buffer, size: number): void {
    const message = `${size} bytes, a record may have ${this.#limits.recordBytes}; only its first ${head.length} are kept here`;
    this.#reject({ reason: 'record_too_large', message }, line, offset, head);
  }

  cutOff(line: number, offset: number, bytes: Buffer, message: string): void {
    this.#reject({ reason: 'truncated_file', message: `${message}; send the file again` }, line, offset, bytes);
  }

  /** A last line that is whole in spite of the break is a record; else it goes with the break. */
  brokenOff({ line, offset, bytes }: Tail, { reason, message }: Unreadable): void {
    const { recordBytes, nesting } = this.#limits;
    const readable = bytes.length > 0 && bytes.length <= recordBytes && isUtf8(bytes);
    const whole = readable && !(parseRecord(bytes.toString(), nesting) instanceof Unparsable);
    if (whole) this.record(bytes.toString(), line, offset, bytes, 0, bytes.length);
    const rest = whole
      ? { line: line + 1, offset: offset + bytes.length, bytes: bytes.subarray(bytes.length) }
      : { line, offset, bytes };
    this.#reject({ reason, message }, rest.line, rest.offset, rest.bytes);
  }

  #reject({ reason, message }: Rejection, line: number, offset: number, bytes: Buffer): void {
    this.#quarantined++;
    this.#handlers.rejected({ line, offset, reason, message, bytes });
  }
}
