/**
 * What the copier does with the records of a file: gives each to all outputs, spliced where its text allows it, parsed
 * and written anew where not.
 */
import type { JsonObject, RecordHandlers, Rejection } from '../stream/index.ts';
import type { Output } from './output.ts';
import type { CopyShape, Origin } from './shape.ts';
import { MAX_SPLICED, type Spliced } from './splice.ts';

export interface Destination {
  readonly shape: CopyShape;
  /** Which records it wants; absent for all. */
  readonly wants?: ((record: JsonObject, origin: Origin) => boolean) | undefined;
  readonly output: Output;
}

/** @param source `s3://bucket/key` of the file. */
export function copying(
  source: string,
  destinations: readonly Destination[],
): Required<Pick<RecordHandlers, 'raw' | 'record' | 'drained'>> {
  /** By destination, how a record is spliced there. */
  let spliced: readonly (Spliced | undefined)[] = [];
  let splicedLine = 0;
  const copy = (line: number, record?: JsonObject) => {
    const origin = { source, line };
    for (const [index, { shape, output, wants }] of destinations.entries()) {
      if (wants !== undefined && record !== undefined && !wants(record, origin)) continue;
      const found = splicedLine === line ? spliced[index] : undefined;
      if (found !== undefined) shape.put(found, origin, (bytes) => output.putBytes(bytes));
      else if (record !== undefined) output.put(shape.json(record, origin));
      output.end(line);
    }
  };
  return {
    raw: (bytes, start, end, line) => {
      if (destinations.length === 0 || end - start > MAX_SPLICED) return false;
      const record = bytes.toString('latin1', start, end);
      spliced = destinations.map(({ shape, wants }) => (wants === undefined ? shape.splice?.(record) : undefined));
      splicedLine = line;
      if (spliced.includes(undefined)) return false;
      copy(line);
      return true;
    },
    record: (record, line) => copy(line, record),
    drained: () => allDrained(destinations),
  };
}

/** Has the records of these lines quarantined beside what `handlers` make of them. */
export function refusing(
  refused: ReadonlyMap<number, Rejection>,
  handlers: ReturnType<typeof copying>,
): ReturnType<typeof copying> {
  if (refused.size === 0) return handlers;
  return {
    ...handlers,
    raw: (bytes, start, end, line) => !refused.has(line) && handlers.raw(bytes, start, end, line),
    record: (record, line, bytes) => {
      handlers.record(record, line, bytes);
      return refused.get(line);
    },
  };
}

function allDrained(destinations: readonly Destination[]): Promise<void> | undefined {
  const waits = destinations.map(({ output }) => output.drained()).filter((wait) => wait !== undefined);
  return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
}
