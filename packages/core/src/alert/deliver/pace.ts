/**
 * The pace of a destination: what it takes is handed out in turns, one to a delivery, and while it is down or asks to be
 * left alone, nobody's turn comes. One item a destination; what it holds is worth a day.
 */
import { Entity } from 'electrodb';
import { type Backoff, DAY, expiresAt, fullJitter, MINUTE, MillraceError, SECOND } from '../../runtime/index.ts';
import { expiry, keyPart, keyPartType, primary, SERVICE, table } from '../../table/index.ts';
import type { Pace } from '../destination/destination.ts';
import { unlessConditionFails } from '../episode/conditional.ts';

/** A turn is good for so long (ms): a queue shows a message up to a second or two late. */
const GOOD_FOR = 5 * SECOND;
/** Senders that ask at once: each conflict is somebody's success, so this is more than there ever are. */
const CONFLICTS = 20;

export const AlertPace = new Entity({
  model: { entity: 'alertPace', version: '1', service: SERVICE },
  attributes: {
    destination: { type: keyPartType, required: true },
    /** The first turn (ms) nobody has. */
    nextTurn: { type: 'number' },
    /** Until when (ms) the destination is left alone. */
    closedUntil: { type: 'number' },
    /** Failures in a row. */
    failures: { type: 'number' },
    expiresAt: expiry,
  },
  indexes: {
    byDestination: {
      pk: { ...primary.pk, composite: ['destination'] },
      sk: { ...primary.sk, composite: [] },
    },
  },
});

/** Too many senders wanted a turn at once; the message comes back. */
export class PaceContended extends MillraceError {
  constructor(name: string) {
    super('pace_contended', `${name}: no turn was to be had in ${CONFLICTS} attempts`);
  }
}

export interface Turn {
  /** When (ms) it is: `now` for at once. */
  readonly at: number;
  /** Whether the destination failed last. */
  readonly failing: boolean;
}

/**
 * Gives a delivery its turn.
 * @param turn what an earlier call gave it (ms); it holds unless it is long past, or the destination closed meanwhile.
 */
export async function takeTurn(pace: Pace, turn: number | undefined, now: number): Promise<Turn> {
  const key = { destination: keyPart(pace.name) };
  for (let attempt = 0; attempt < CONFLICTS; attempt++) {
    const { data } = await AlertPace.get(key).go({ ...table(), consistent: true });
    const { nextTurn, closedUntil = 0, failures = 0 } = data ?? {};
    const failing = failures > 0;
    if (turn !== undefined && turn > now - GOOD_FOR && Math.max(turn, now) >= closedUntil)
      return { at: Math.max(turn, now), failing };
    const own = Math.max(now, nextTurn ?? 0, closedUntil);
    const taken = await unlessConditionFails(
      AlertPace.upsert({ ...key, nextTurn: own + pace.interval, expiresAt: expiresAt(own + DAY) })
        .where((attribute, { eq, notExists }) =>
          nextTurn === undefined ? notExists(attribute.nextTurn) : eq(attribute.nextTurn, nextTurn),
        )
        .go(table()),
    );
    if (taken !== undefined) return { at: own, failing };
  }
  throw new PaceContended(pace.name);
}

/** How long a destination that named no time itself is left alone after failures in a row. */
const BACKOFF: Backoff = { base: 2 * SECOND, cap: 5 * MINUTE };

/**
 * Leaves a destination alone after a failure: for `after` (ms) where it asked for that, else longer with each.
 * @returns until when (ms).
 */
export async function closeDestination(pace: Pace, after: number | undefined, now: number): Promise<number> {
  const key = { destination: keyPart(pace.name) };
  const { data } = await AlertPace.get(key).go({ ...table(), consistent: true });
  const failures = (data?.failures ?? 0) + 1;
  const until = Math.max(now + (after ?? fullJitter(failures, BACKOFF)), data?.closedUntil ?? 0);
  await AlertPace.upsert({ ...key, failures, closedUntil: until, expiresAt: expiresAt(until + DAY) }).go(table());
  return until;
}

/** After a success: the next failure is the first again. */
export async function openDestination(pace: Pace): Promise<void> {
  await unlessConditionFails(
    AlertPace.patch({ destination: keyPart(pace.name) })
      .remove(['failures', 'closedUntil'])
      .where(({ failures }, { exists }) => exists(failures))
      .go(table()),
  );
}
