/**
 * How far in event time a rule may be evaluated.
 *
 * A receipt says that a file arrived, not that its contributions are written. So the evaluator takes in each file by a
 * mark of its own, after the contributions, and the watermark of a stream here ends before its first file that is not
 * taken in: a window is never judged while a file that arrived in time is still being read.
 */
import { Entity, type EntityItem } from 'electrodb';
import type { StreamFile } from '../../event/index.ts';
import { DAY, expiresAt, MINUTE } from '../../runtime/index.ts';
import { advanceWatermark, FileReceipt } from '../../stream/index.ts';
import {
  expiry,
  isConditionFailure,
  type KeyPart,
  keyPart,
  keyPartType,
  LAST_TIME,
  primary,
  SERVICE,
  table,
  timeKey,
} from '../../table/index.ts';
import type { CompiledRule } from '../collect/compile.ts';

/**
 * A file that has held its stream up for this long (ms) no longer does: longer than the queue hides a failed message (30
 * minutes), so a file may fail once. What it says afterwards is late. Counted from when the evaluator first had to wait
 * for it, not from its arrival: a backlog, or a function that was paused, gives up nothing.
 */
const PATIENCE = 45 * MINUTE;
/** Longer than patience, by far. */
const INTAKE_RETENTION = 7 * DAY;
const MARK_RETENTION = 60 * DAY;

/** A file whose contributions are all written; or, with `awaitedSince`, one that is waited for. */
export const RuleIntake = new Entity({
  model: { entity: 'ruleIntake', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    collection: { type: keyPartType, required: true },
    interval: timeKey,
    file: { type: keyPartType, required: true },
    etag: { type: 'string', required: true },
    /** Windows of partitions that were over, grace and all, when the file was first taken in: dropped. */
    late: { type: 'number', required: true },
    /** Wall-clock time, ms; only while the file is not taken in. */
    awaitedSince: { type: 'number' },
    expiresAt: expiry,
  },
  indexes: {
    byInterval: {
      pk: { ...primary.pk, composite: ['project', 'collection'] },
      sk: { ...primary.sk, composite: ['interval', 'file'] },
    },
  },
});

/** How far the evaluator has come in a stream, ms. It only grows. */
export const RuleMark = new Entity({
  model: { entity: 'ruleMark', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    collection: { type: keyPartType, required: true },
    watermark: { type: 'number', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byProject: {
      pk: { ...primary.pk, composite: ['project'] },
      sk: { ...primary.sk, composite: ['collection'] },
    },
  },
});

/**
 * Marks a file as taken in. The first delivery decides how much of it was late; the others are told the same.
 * @returns the number that stands.
 */
export async function takeIn(file: StreamFile, late: number): Promise<number> {
  const key = {
    project: keyPart(file.project),
    collection: keyPart(file.collection),
    interval: Date.parse(file.interval),
    file: keyPart(file.key),
  };
  const intake = {
    ...key,
    etag: file.etag,
    late,
    expiresAt: expiresAt(Date.parse(file.receivedAt) + INTAKE_RETENTION),
  };
  try {
    await RuleIntake.put(intake)
      .where(({ etag, awaitedSince }, { notExists, ne, exists }) =>
        [notExists(etag), ne(etag, file.etag), exists(awaitedSince)].join(' OR '),
      )
      .go(table());
    return late;
  } catch (caught) {
    if (!isConditionFailure(caught)) throw caught;
    const { data } = await RuleIntake.get(key).go({ ...table(), consistent: true });
    return data?.late ?? late;
  }
}

interface StreamKey {
  readonly project: KeyPart;
  readonly collection: KeyPart;
}

/** What a watermark depends on beside the table; all ms. */
export interface Settling {
  readonly now: number;
  readonly intervalLength: number;
  readonly idleTimeout: number;
}

/** The watermarks one run works with: each stream's is looked up once. */
export class Watermarks {
  readonly #settling: Settling;
  readonly #known = new Map<string, Promise<number | undefined>>();

  constructor(settling: Settling) {
    this.#settling = settling;
  }

  /**
   * The least of the rule's collections less its allowed lateness, ms. A collection that never had a file is not waited
   * for; one that has, but has not settled, gives the rule none.
   */
  async ofRule({ rule, allowedLateness }: CompiledRule): Promise<number | undefined> {
    const marks = await Promise.all(
      rule.source.collections.map((collection) => this.#ofStream(rule.project, collection)),
    );
    const least = Math.min(...marks.map((mark) => mark ?? Number.NEGATIVE_INFINITY));
    return Number.isFinite(least) ? least - allowedLateness : undefined;
  }

  /** Infinity for a stream without a file, undefined for one that has not settled. */
  #ofStream(project: string, collection: string): Promise<number | undefined> {
    const name = JSON.stringify([project, collection]);
    const known = this.#known.get(name) ?? takenInThrough({ project, collection }, this.#settling);
    this.#known.set(name, known);
    return known;
  }
}

/** How far a stream is settled and taken in, ms; Infinity where it never had a file, undefined while it has not settled. */
async function takenInThrough(
  stream: { readonly project: string; readonly collection: string },
  settling: Settling,
): Promise<number | undefined> {
  const key = { project: keyPart(stream.project), collection: keyPart(stream.collection) };
  const settled = await advanceWatermark(stream, settling);
  const { data: mark } = await RuleMark.get(key).go({ ...table(), consistent: true });
  const from = mark?.watermark ?? 0;
  if (settled !== undefined && from >= settled) return from;
  const receipts = await receiptsOf(key, from, settled ?? LAST_TIME);
  if (settled === undefined) return receipts.length === 0 ? Number.POSITIVE_INFINITY : undefined;
  const held = await heldAt(key, receipts, { from, to: settled, now: settling.now });
  const reached = Math.min(settled, held ?? settled);
  if (mark !== null && mark.watermark >= reached) return mark.watermark;
  await raiseMark(key, reached, settling.now);
  return reached;
}

/**
 * Of intervals in [from, to), ms, in order. Bounded on both sides: ElectroDB would read the other entities that lie behind, too.
 */
async function receiptsOf(key: StreamKey, from: number, to: number): Promise<Receipt[]> {
  const { data } = await FileReceipt.query
    .byInterval(key)
    .between({ interval: from }, { interval: to })
    .go({ ...table(), pages: 'all', consistent: true, attributes: ['interval', 'file', 'etag', 'receivedAt'] });
  return data.filter(({ interval }) => interval < to);
}

type Receipt = Pick<EntityItem<typeof FileReceipt>, 'interval' | 'file' | 'etag' | 'receivedAt'>;

/** The interval of the first of the files of [from, to), in order of interval, that is not taken in and not given up; ms. */
async function heldAt(
  key: StreamKey,
  receipts: readonly Receipt[],
  { from, to, now }: { readonly from: number; readonly to: number; readonly now: number },
): Promise<number | undefined> {
  const { data } = await RuleIntake.query
    .byInterval(key)
    .between({ interval: from }, { interval: to })
    .go({ ...table(), pages: 'all', consistent: true, attributes: ['file', 'etag', 'awaitedSince'] });
  const intakes = new Map(data.map((intake) => [`${intake.file}\n${intake.etag}`, intake]));
  for (const receipt of receipts) {
    const intake = intakes.get(`${receipt.file}\n${receipt.etag}`);
    if (intake === undefined) await awaitFile(key, receipt, now);
    else if (intake.awaitedSince === undefined || now >= intake.awaitedSince + PATIENCE) continue;
    return receipt.interval;
  }
  return undefined;
}

/** Remembers since when a file is waited for; where it was taken in meanwhile, leaves it so. */
async function awaitFile(key: StreamKey, { interval, file, etag, receivedAt }: Receipt, now: number): Promise<void> {
  const expiry = expiresAt(Math.max(receivedAt, now) + INTAKE_RETENTION);
  try {
    await RuleIntake.put({ ...key, interval, file, etag, late: 0, awaitedSince: now, expiresAt: expiry })
      .where((intake, { notExists, ne }) => `${notExists(intake.etag)} OR ${ne(intake.etag, etag)}`)
      .go(table());
  } catch (caught) {
    if (!isConditionFailure(caught)) throw caught;
  }
}

/** Writes a higher mark; a still higher one stands. */
async function raiseMark(key: StreamKey, watermark: number, now: number): Promise<void> {
  try {
    await RuleMark.put({ ...key, watermark, expiresAt: expiresAt(now + MARK_RETENTION) })
      .where((mark, { notExists, lt }) => `${notExists(mark.watermark)} OR ${lt(mark.watermark, watermark)}`)
      .go(table());
  } catch (caught) {
    if (!isConditionFailure(caught)) throw caught;
  }
}
