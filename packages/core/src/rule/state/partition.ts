/**
 * The state of an evaluation group in the table, with the outbox of what is still to be announced: one item, so one
 * conditional write carries both.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { Entity, type EntityItem } from 'electrodb';
import * as z from 'zod';
import { type Event, Metadata } from '../../event/index.ts';
import { DAY, expiresAt, hash } from '../../runtime/index.ts';
import {
  expiry,
  isConditionFailure,
  type KeyPart,
  keyPartType,
  primary,
  SERVICE,
  secondary,
  table,
  timeKey,
} from '../../table/index.ts';
import type { Literal } from '../../where/index.ts';
import { type Kept, NEW_GROUP, type Standing } from '../judge/evaluate.ts';
import type { Held } from '../judge/frame/frame.ts';
import type { Track } from '../judge/group.ts';
import type { Announcement } from '../judge/revise.ts';
import { openEpisodes } from '../manage/closing.ts';
import type { Past } from '../measure/judgement.ts';
import type { GroupKey, RuleKey } from './group-key.ts';

/** After its last file; far longer than any window, and than most holidays. */
const RETENTION = 60 * DAY;
/** An episode that is open, or news not yet told, is kept however long nothing comes: its resolve would be lost with it. */
const NEVER = Date.parse('9999-01-01T00:00:00Z');

export const RulePartition = new Entity({
  model: { entity: 'rulePartition', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    rule: { type: keyPartType, required: true },
    version: { type: 'number', required: true },
    group: { type: keyPartType, required: true },
    /** The values that name the partition; empty for a rule-wide group. */
    values: { type: 'list', items: { type: 'string' }, required: true },
    /** The group as it stood at the base (`pack`). */
    base: { type: 'string', required: true },
    /** JSON of the announcements after the base, and of the events still to be published. */
    announced: { type: 'string', required: true },
    outbox: { type: 'string', required: true },
    /** Hash of the contributions after the base this was computed from. */
    seen: { type: 'string', required: true },
    /** Watermark (ms) at which to evaluate again though no file comes: a deadline lies there. */
    wake: { type: 'number' },
    /** Start (ms) of the window that opened the first of its open episodes; 0 where none is. */
    opened: timeKey,
    /** Its rule version is no longer in force: it raises nothing any more. */
    closed: { type: 'boolean' },
    /** ms; newest arrival among the group's files. */
    receivedAt: { type: 'number', required: true },
    /** Hash of all of the above: what a write compares with. A count of writes would tell how often files came. */
    fingerprint: { type: 'string', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byGroup: {
      pk: { ...primary.pk, composite: ['project', 'rule', 'version', 'group'] },
      sk: { ...primary.sk, composite: [] },
    },
    /** The groups of a rule version with an open episode, and no others. */
    open: {
      index: 'gsi1',
      pk: { ...secondary.pk, composite: ['project', 'rule', 'version'] },
      sk: { ...secondary.sk, composite: ['opened', 'group'] },
      condition: ({ opened }) => opened !== 0,
    },
  },
});
type Item = EntityItem<typeof RulePartition>;

/** A group's item, read. */
export interface GroupState extends Kept {
  readonly values: readonly string[];
  readonly outbox: readonly Event[];
  readonly seen: string;
  readonly wake: number | undefined;
  readonly receivedAt: number;
  /** Nothing is evaluated any more. */
  readonly closed?: true;
}

const NEW_STATE: GroupState = { ...NEW_GROUP, values: [], outbox: [], seen: '', wake: undefined, receivedAt: 0 };

/** Somebody else wrote the group since it was read. */
export type Written = 'written' | 'conflict';

/** The state of a group, strongly consistent, and the fingerprint to write over; none where it has no state yet. */
export async function readGroup(key: GroupKey): Promise<{ state: GroupState; fingerprint: string | undefined }> {
  const { data } = await RulePartition.get(key).go({ ...table(), consistent: true });
  if (data === null) return { state: NEW_STATE, fingerprint: undefined };
  return { state: fromItem(data), fingerprint: data.fingerprint };
}

/** The groups of a rule version that have an open episode; what was written in the last moments may be missing. */
export async function openGroups({ project, rule, version }: RuleKey): Promise<KeyPart[]> {
  const { data } = await RulePartition.query
    .open({ project, rule, version })
    .go({ ...table(), pages: 'all', attributes: ['group'] });
  return data.map(({ group }) => group);
}

/** Writes a group's state where it still has the fingerprint `over`. */
export async function writeGroup(key: GroupKey, state: GroupState, over: string | undefined): Promise<Written> {
  const item = toItem(key, state);
  try {
    await RulePartition.put(item)
      .where(({ fingerprint }, { eq, notExists }) =>
        over === undefined ? notExists(fingerprint) : eq(fingerprint, over),
      )
      .go(table());
    return 'written';
  } catch (caught) {
    if (isConditionFailure(caught)) return 'conflict';
    throw caught;
  }
}

/** The fingerprint a state has once it is written. */
export function fingerprintOf(key: GroupKey, state: GroupState): string {
  return toItem(key, state).fingerprint;
}

function toItem(key: GroupKey, state: GroupState) {
  const { values, receivedAt, seen, wake, closed } = state;
  const opened = openEpisodes(state)[0]?.opened ?? 0;
  const content = {
    values: [...values],
    base: pack(state.base),
    announced: JSON.stringify(state.announced),
    outbox: JSON.stringify(state.outbox),
    seen,
    ...(wake === undefined ? {} : { wake }),
    opened,
    ...(closed === undefined ? {} : { closed }),
    receivedAt,
    expiresAt: expiresAt(opened !== 0 || state.outbox.length > 0 ? NEVER : receivedAt + RETENTION),
  };
  return { ...key, ...content, fingerprint: hash(JSON.stringify(content)) };
}

const Announced = z.array(
  z.object({
    kind: z.enum(['raise', 'resolve']),
    opened: z.number(),
    window: z.object({ start: z.number(), end: z.number() }),
    value: z.string(),
    level: z.number().optional(),
    withdrawn: z.literal(true).optional(),
    revisions: z.number().optional(),
  }),
);
const Outbox = z.array(z.object({ type: z.string(), properties: z.unknown(), metadata: Metadata }));

function fromItem(item: Item): GroupState {
  return {
    values: item.values,
    base: unpack(item.base),
    announced: Announced.parse(JSON.parse(item.announced)) as Announcement[], // only toItem writes it: absent is never undefined
    outbox: Outbox.parse(JSON.parse(item.outbox)),
    seen: item.seen,
    wake: item.wake,
    receivedAt: item.receivedAt,
    ...(item.closed ? { closed: true } : {}),
  };
}

/** Text longer than this (bytes) is compressed: 10,000 latest values have to fit DynamoDB's 400 KB. */
const COMPRESS_FROM = 4096;
const COMPRESSED = 'gzip:';

interface Packed {
  through?: number;
  tracks: readonly Track[];
  history: readonly Past[];
  series: readonly number[];
  /** [partition, value, at, interval, file, row], in order of partition. */
  latest: [KeyPart, Literal, number, number, string, number][];
  missed?: number;
  held?: Held;
}

/** A standing as text; equal standings are equal texts. */
export function pack({ through, memory }: Standing): string {
  const latest = [...memory.latest].sort(([a], [b]) => (a < b ? -1 : 1));
  const packed: Packed = {
    ...(through === undefined ? {} : { through }),
    tracks: memory.tracks,
    history: memory.history,
    series: memory.series,
    latest: latest.map(([partition, { value, at, interval, file, row }]) => [
      partition,
      value,
      at,
      interval,
      file,
      row,
    ]),
    ...(memory.missed === undefined ? {} : { missed: memory.missed }),
    ...(memory.held === undefined ? {} : { held: memory.held }),
  };
  const text = JSON.stringify(packed);
  return text.length < COMPRESS_FROM ? text : COMPRESSED + gzipSync(text).toString('base64');
}

/** What `pack` packed. */
export function unpack(packed: string): Standing {
  const text = packed.startsWith(COMPRESSED)
    ? gunzipSync(Buffer.from(packed.slice(COMPRESSED.length), 'base64')).toString()
    : packed;
  const { through, tracks, history, series, latest, missed, held }: Packed = JSON.parse(text); // only pack writes it
  return {
    through,
    memory: {
      tracks,
      history,
      series,
      ...(missed === undefined ? {} : { missed }),
      ...(held === undefined ? {} : { held }),
      latest: new Map(
        latest.map(([partition, value, at, interval, file, row]) => [partition, { value, at, interval, file, row }]),
      ),
    },
  };
}
