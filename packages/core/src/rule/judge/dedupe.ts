/**
 * `dedupeBy`: records of one window and partition with the same key count once. While records are gathered the first of each key
 * is kept by itself; what is judged is their sum. Pure.
 */
import type { JsonObject } from '../../stream/index.ts';
import type { KeyPart } from '../../table/index.ts';
import { readerOf } from '../../where/index.ts';
import { OTHER } from '../collect/group-name.ts';
import type { Rule } from '../definition/schema.ts';
import type { CompiledSignal } from '../measure/judgement.ts';
import { keep, keyOf, newKept, settledKept } from '../measure/kept.ts';
import { type Extreme, mergeTallies, newTally, readTally, settled, type Tally, writeTally } from '../measure/tally.ts';
import type { Frame, Tallies } from './frame/frame.ts';

/** The frame of a rule with `dedupeBy`; the frame itself where there is none. */
export function dedupedFrame(frame: Frame, signal: CompiledSignal, { dedupeBy, quantifier }: Rule): Frame {
  if (dedupeBy === undefined) return frame;
  const read = keyReader(typeof dedupeBy === 'string' ? [dedupeBy] : dedupeBy);
  return {
    ...frame,
    add(tally, record, position) {
      const key = read(record);
      if (key === undefined) {
        frame.add(tally, record, position);
        return;
      }
      tally.kept ??= newKept();
      keep(tally.kept, key, position, () => {
        const single = newTally();
        frame.add(single, record, position);
        return single.n === 0 ? undefined : writeTally(settled(single, signal.extreme));
      });
    },
    settle({ kept, ...tally }) {
      const plain = frame.settle(tally);
      return kept === undefined ? plain : { ...plain, kept: settledKept(kept) };
    },
    gather(held, cell, tallies) {
      if (tallies === undefined) return frame.gather(held, cell, tallies);
      const { judged, partial } = deduped(tallies, signal.extreme, quantifier !== 'each');
      const gathered = frame.gather(held, cell, judged);
      return partial ? { ...gathered, partial: 'keys' } : gathered;
    },
  };
}

function keyReader(paths: readonly string[]): (record: JsonObject) => number | undefined {
  const readers = paths.map(readerOf);
  return (record) => {
    const values: (string | number | boolean)[] = [];
    for (const read of readers) {
      const value = read(record);
      if (value === undefined || value === null || typeof value === 'object') return undefined;
      values.push(value);
    }
    return keyOf(values);
  };
}

/**
 * Each tally with the records that are kept in it. Of one with more keys than may be kept, what is there is only a part: judged
 * together with others, it counts as one of those beyond the limit.
 */
function deduped(tallies: Tallies, extreme: Extreme, together: boolean): { judged: Tallies; partial: boolean } {
  const judged = new Map<KeyPart, Tally>();
  let partial = false;
  for (const [partition, { kept, ...tally }] of tallies) {
    partial ||= kept?.partial === true;
    if (together && kept?.partial) judged.set(OTHER, tally);
    else judged.set(partition, kept === undefined ? tally : [...kept.rows.values()].reduce<Tally>(withRow, tally));
  }
  return { judged, partial };

  function withRow(sum: Tally, { says }: { readonly says: string | number }): Tally {
    return mergeTallies(sum, readTally(String(says)), extreme);
  }
}
