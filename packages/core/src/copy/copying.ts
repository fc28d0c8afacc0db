/**
 * What the copier does with the records of a file: gives each to all outputs, spliced where its text allows it, parsed
 * and written anew where not.
 */
import { MillraceError } from '../runtime/index.ts';
import type { JsonObject, RecordHandlers, Rejection } from '../stream/index.ts';
import type { Output } from './output.ts';
import type { CopyShape, Origin } from './shape.ts';
import { MAX_SPLICED, type Spliced } from './splice.ts';
import { isRecordFailure } from './step/index.ts';

export interface Destination {
  readonly shape: CopyShape;
  /** Which records it wants; absent for all. */
  readonly wants?: ((record: JsonObject, origin: Origin) => boolean) | undefined;
  readonly output: Output;
}

type Copying = Required<Pick<RecordHandlers, 'raw' | 'record' | 'drained'>>;

/** @param source `s3://bucket/key` of the file. */
export function copying(source: string, destinations: readonly Destination[]): Copying {
  /** By destination, how a record is spliced there. */
  let spliced: readonly (Spliced | undefined)[] = [];
  let splicedLine = 0;
  return {
    raw: (bytes, start, end, line) => {
      if (destinations.length === 0 || end - start > MAX_SPLICED) return false;
      const record = bytes.toString('latin1', start, end);
      spliced = destinations.map(({ shape, wants }) => (wants === undefined ? shape.splice?.(record) : undefined));
      splicedLine = line;
      if (spliced.includes(undefined)) return false;
      for (const [index, destination] of destinations.entries()) put(destination, spliced[index], { source, line });
      return true;
    },
    record: (record, line) => {
      const origin = { source, line };
      const ready = splicedLine === line ? spliced : [];
      try {
        const copies = destinations.map(({ shape, wants }, index) => {
          if (wants !== undefined && !wants(record, origin)) return undefined;
          return ready[index] ?? shape.json(record, origin);
        });
        for (const [index, destination] of destinations.entries()) put(destination, copies[index], origin);
        return undefined;
      } catch (caught) {
        if (!isRecordFailure(caught)) throw caught;
        return { reason: caught.code, message: caught.message };
      }
    },
    drained: () => allDrained(destinations),
  };
}

function put({ shape, output }: Destination, copy: Spliced | string | undefined, origin: Origin): void {
  if (copy === undefined) return;
  if (typeof copy === 'string') output.put(copy);
  else shape.put(copy, origin, (bytes) => output.putBytes(bytes));
  output.end(origin.line);
}

/** Lines of a file that may be noted; where there are more, it is not the records that are wrong. */
const MAX_NOTED = 10_000;

/**
 * Notes which lines were parsed and could not be copied; others that are rejected are for a later reading to tell.
 * @throws MillraceError `shape_refuses`, not to be retried, where they are more than 10,000.
 */
export function noting(refused: Map<number, Rejection>, handlers: Copying): RecordHandlers {
  return {
    ...handlers,
    record: (record, line, bytes, offset) => {
      const rejection = handlers.record(record, line, bytes, offset);
      if (rejection) {
        refused.set(line, rejection);
        if (refused.size > MAX_NOTED) throw tooMany(rejection);
      }
      return rejection;
    },
    rejected: () => undefined,
  };
}

function tooMany({ reason, message }: Rejection): MillraceError {
  return new MillraceError(
    'shape_refuses',
    `the shape of a copy fits none of ${MAX_NOTED} records of one file, the last because of ${reason} (${message}); ` +
      'put the copy right in packages/pipeline/src/copies.ts, deploy, and redrive the file',
    { retryable: false },
  );
}

/** Has the records of these lines quarantined beside what `handlers` make of them. */
export function refusing(refused: ReadonlyMap<number, Rejection>, handlers: Copying): Copying {
  if (refused.size === 0) return handlers;
  return {
    ...handlers,
    raw: (bytes, start, end, line) => !refused.has(line) && handlers.raw(bytes, start, end, line),
    record: (record, line, bytes, offset) => {
      const rejection = handlers.record(record, line, bytes, offset);
      return refused.get(line) ?? rejection;
    },
  };
}

function allDrained(destinations: readonly Destination[]): Promise<void> | undefined {
  const waits = destinations.map(({ output }) => output.drained()).filter((wait) => wait !== undefined);
  return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
}
