/**
 * Putting a file of touches into the index.
 */
import type { StreamFile } from '../../event/index.ts';
import { HOUR } from '../../runtime/index.ts';
import { readStreamFile } from '../../stream/index.ts';
import { type Attribution, reachOf, sessionsOf } from '../definition/definition.ts';
import { type AttributionStreams, formOf } from '../definition/file-form.ts';
import { touchSet } from '../lookback/index-store.ts';
import { markIndexed, touchFileExpiry } from '../lookback/touch-file.ts';
import { hourOf, putTouches, touchKey } from '../lookback/touch-index.ts';
import { held } from '../record/held.ts';
import { type Touch, toTouch } from '../record/touch.ts';
import { inOrder } from '../share/attribute.ts';
import { fold } from '../share/session.ts';
import { replaceVersion, type Said } from './side-version.ts';

/** Which visitors a file says, or said, came before its own interval, in which hours (ms). */
export type LateTouches = ReadonlyMap<string, readonly number[]>;

export interface Indexed {
  readonly late: LateTouches;
  readonly counts: Awaited<ReturnType<typeof readStreamFile>>;
  /** Deletes what older versions said. To be called once whoever they told something is told otherwise. */
  forget(): Promise<void>;
}

/**
 * Indexes a file of touches, in the place of its older versions. A second delivery writes the same items again.
 * Memory: the touches of the file, folded. @throws SupersededFile, MissingFile.
 */
export async function indexFile(
  file: StreamFile,
  cause: Parameters<typeof readStreamFile>[0]['cause'],
  workflow: string,
  attribution: Attribution,
  streams: AttributionStreams,
): Promise<Indexed> {
  const { touches, counts } = await readFolded(file, cause, workflow, attribution, streams);
  const set = touchSet(attribution);
  const life = reachOf(attribution, streams.layout);
  const { bucket, key, etag } = file;
  const times = { interval: Date.parse(file.interval), receivedAt: Date.parse(file.receivedAt) };
  const { said, forget } = await replaceVersion(
    { project: set.project, attribution: set.set, kind: 'touches' },
    { bucket, key, etag, token: etag, receivedAt: times.receivedAt, expiresAt: touchFileExpiry(times, life) },
    {
      says: { [Symbol.iterator]: () => saidBy(touches, times.interval) },
      write: () => putTouches(set, { key, etag, ...times }, touches, life),
      makeCurrent: () => markIndexed(set, file, life),
      keysOf: ([visitor, hour], token) => [touchKey(set, { key, etag: token }, visitor, Number(hour) * HOUR)],
    },
  );
  return { late: lateTouches(said()), counts, forget };
}

/** The touches of a file by visitor and hour. */
async function readFolded(
  file: StreamFile,
  cause: Parameters<typeof readStreamFile>[0]['cause'],
  workflow: string,
  attribution: Attribution,
  streams: AttributionStreams,
): Promise<{ readonly touches: readonly (readonly Touch[])[]; readonly counts: Indexed['counts'] }> {
  const form = formOf(file, streams);
  const groups = new Map<string, Touch[]>();
  const all = held<Touch>('touches');
  const everybody = { has: () => true };
  const counts = await readStreamFile(
    { file, workflow, cause },
    {
      record: (record, line) => {
        const place = { collection: file.collection, key: file.key, line, row: line };
        const touch = toTouch(record, place, everybody, attribution, form);
        if (touch === undefined || touch.time < 0) return;
        all.add(touch);
        const group = `${hourOf(touch.time)} ${touch.visitor}`;
        const others = groups.get(group);
        if (others === undefined) groups.set(group, [touch]);
        else others.push(touch);
      },
    },
  );
  const sessions = sessionsOf(attribution);
  const folded = [...groups.values()].map((touches) => {
    const ordered = touches.sort(inOrder);
    return sessions === undefined ? ordered : fold(ordered, sessions);
  });
  return { touches: folded, counts };
}

const LATE = 'late';

/** Visitors and hours (since 1970) of a file's touches, and which of them began before its interval. */
function* saidBy(groups: readonly (readonly Touch[])[], interval: number): Generator<Said> {
  for (const [first] of groups) {
    if (first === undefined) continue;
    const hour = String(hourOf(first.time) / HOUR);
    yield first.time < interval ? [first.visitor, hour, LATE] : [first.visitor, hour];
  }
}

function lateTouches(said: Iterable<Said>): LateTouches {
  const late = new Map<string, number[]>();
  for (const [visitor, hour, when] of said) {
    if (when !== LATE) continue;
    const hours = late.get(visitor) ?? [];
    late.set(visitor, hours);
    hours.push(Number(hour) * HOUR);
  }
  return late;
}
