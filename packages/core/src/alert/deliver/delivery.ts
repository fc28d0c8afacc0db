/**
 * The delivery ledger: one item per (transition of an episode, route), moved by conditional writes
 *
 *   pending → sending (a lease) → sent | failed | suppressed
 *                └──→ pending, to be tried again at `retryAt`
 *
 * or settled as it is entered: suppressed (a silence, say, hid it) or grouped (a message about its group tells it).
 * A settled delivery holds no time of handling and counts only real attempts, so repeats of an event leave the same
 * bytes.
 */
import { Entity, type EntityItem } from 'electrodb';
import { deterministicId, SECOND } from '../../runtime/index.ts';
import {
  expiry,
  fromKeyPart,
  keyPart,
  keyPartType,
  primary,
  SERVICE,
  secondary,
  table,
  timeKey,
} from '../../table/index.ts';
import { unlessConditionFails } from '../episode/conditional.ts';
import { type EpisodeKey, keyParts, transitionExpiry } from '../episode/transition.ts';
import type { Announcement } from '../message/announcement.ts';

/**
 * How long a claim holds (ms): longer than the sender may run (30 s), so a claim that ran out belongs to a dead run;
 * shorter than its message stays hidden (180 s), so the message finds it run out when it comes back.
 */
export const LEASE = 60 * SECOND;

const states = ['pending', 'sending', 'sent', 'failed', 'suppressed', 'grouped'] as const;

export const AlertDelivery = new Entity({
  model: { entity: 'alertDelivery', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    episode: { type: keyPartType, required: true },
    position: { type: keyPartType, required: true },
    route: { type: keyPartType, required: true },
    id: { type: keyPartType, required: true },
    sequence: { type: 'number', required: true },
    /** End of the window that caused the transition, ms. */
    at: timeKey,
    state: { type: states, required: true },
    /** Claims so far; while sending, the number of the claim that holds. */
    attempts: { type: 'number', required: true },
    /** ms; while sending. */
    leaseUntil: { type: 'number' },
    /** ms; while pending after an attempt, or for its turn. */
    retryAt: { type: 'number' },
    /** Why it failed or was suppressed; which message told it, where it is grouped. */
    reason: { type: 'string' },
    /** How often somebody asked to send it again after it failed. */
    retries: { type: 'number' },
    expiresAt: expiry,
  },
  indexes: {
    byEpisode: {
      pk: { ...primary.pk, composite: ['project', 'episode'] },
      sk: { ...primary.sk, composite: ['route', 'position'] },
    },
    byTime: {
      index: 'gsi1',
      pk: { ...secondary.pk, composite: ['project'] },
      sk: { ...secondary.sk, composite: ['at', 'id'] },
    },
  },
});

/** Names a delivery. */
export interface DeliveryKey extends EpisodeKey {
  readonly position: string;
  readonly route: string;
}

/** A delivery as readers see it. */
export interface Delivery extends DeliveryKey {
  readonly id: string;
  readonly sequence: number;
  readonly state: (typeof states)[number];
  readonly attempts: number;
  readonly leaseUntil?: number;
  readonly retryAt?: number;
  readonly reason?: string;
  readonly retries?: number;
}

/** Whether nothing more will become of it. */
export function isSettled({ state }: Delivery): boolean {
  return state !== 'pending' && state !== 'sending';
}

export function deliveryId({ project, episode, position, route }: DeliveryKey): string {
  return deterministicId('dlv', project, episode, position, route);
}

function itemKey(key: DeliveryKey) {
  return { ...keyParts(key), route: keyPart(key.route), position: keyPart(key.position) };
}

/** A delivery as it enters the ledger. */
export interface Entry extends DeliveryKey {
  readonly sequence: number;
  /** ms */
  readonly at: number;
  /** Seconds since 1970. */
  readonly expiresAt: number;
  readonly state: 'pending' | 'suppressed' | 'grouped';
  readonly reason?: string;
}

/**
 * The place of a reminder in an episode's deliveries: behind all that is said of the transition it reminds of, before
 * the next. @param due when (ms) it was to be: the same for everybody who comes to remind.
 */
export function reminderPosition(standing: Announcement, due: number): string {
  return `${standing.position.slice(0, 6)}~${String(due).padStart(15, '0')}`;
}

export function isReminder({ position }: DeliveryKey): boolean {
  return position.includes('~');
}

/** The entry of a transition's delivery. */
export function entryOf(announcement: Announcement, route: string): Omit<Entry, 'state'> {
  const { project, position, alert } = announcement;
  const key = { project, episode: alert.episode, position, route };
  const at = Date.parse(alert.window.end);
  return { ...key, sequence: alert.sequence, at, expiresAt: transitionExpiry(announcement) };
}

/** Enters a delivery, unless it is in the ledger already: the first word on it stays. */
export async function enterDelivery(entry: Entry): Promise<void> {
  const { project, episode, position, route, ...rest } = entry;
  const key = { project, episode, position, route };
  await unlessConditionFails(
    AlertDelivery.create({ ...itemKey(key), id: keyPart(deliveryId(key)), attempts: 0, ...rest }).go(table()),
  );
}

/** Strongly read; undefined where there is none. */
export async function readDelivery(key: DeliveryKey): Promise<Delivery | undefined> {
  const { data } = await AlertDelivery.get(itemKey(key)).go({ ...table(), consistent: true });
  return data === null ? undefined : toDelivery(data, key);
}

/** The deliveries of an episode, by route and position, strongly read; those of one route where it is given. */
export async function deliveriesOf(episode: EpisodeKey, route?: string): Promise<Delivery[]> {
  const { data } = await AlertDelivery.query
    .byEpisode({ ...keyParts(episode), ...(route === undefined ? {} : { route: keyPart(route) }) })
    .go({ ...table(), pages: 'all', consistent: true });
  const known = route === undefined ? episode : { ...episode, route };
  return data.map((item) => toDelivery(item, known));
}

/** The deliveries of a project, by the time of what they tell. */
export async function listDeliveries(project: string): Promise<Delivery[]> {
  const { data } = await AlertDelivery.query.byTime({ project: keyPart(project) }).go({ ...table(), pages: 'all' });
  return data.map((item) => toDelivery(item, { project }));
}

/**
 * Takes a delivery that is due, or one whose holder died, for `LEASE` from `now`. Of any number of callers one gets it.
 * @returns the claimed delivery; undefined where it is not to be had now.
 */
export async function claimDelivery(key: DeliveryKey, now: number): Promise<Delivery | undefined> {
  const claimed = await unlessConditionFails(
    AlertDelivery.patch(itemKey(key))
      .set({ state: 'sending', leaseUntil: now + LEASE })
      .add({ attempts: 1 })
      .remove(['retryAt'])
      .where(({ state, leaseUntil, retryAt }, { eq, lte, notExists }) => {
        const due = `(${eq(state, 'pending')} AND (${notExists(retryAt)} OR ${lte(retryAt, now)}))`;
        return `${due} OR (${eq(state, 'sending')} AND ${lte(leaseUntil, now)})`;
      })
      .go({ ...table(), response: 'all_new' }),
  );
  return claimed && toDelivery(claimed.data as EntityItem<typeof AlertDelivery>, key); // all_new of an item that exists
}

/** Puts a delivery off that waits and was not to be had now: for its turn. */
export async function deferDelivery(key: DeliveryKey, retryAt: number): Promise<void> {
  await unlessConditionFails(
    AlertDelivery.patch(itemKey(key))
      .set({ retryAt })
      .where(({ state }, { eq }) => eq(state, 'pending'))
      .go(table()),
  );
}

/**
 * Makes a failed delivery pending again, as if it had not been tried.
 * @returns whether it was failed.
 */
export async function reviveDelivery(key: DeliveryKey): Promise<boolean> {
  const revived = await unlessConditionFails(
    AlertDelivery.patch(itemKey(key))
      .set({ state: 'pending', attempts: 0 })
      .add({ retries: 1 })
      .remove(['reason'])
      .where(({ state }, { eq }) => eq(state, 'failed'))
      .go(table()),
  );
  return revived !== undefined;
}

/** What an attempt came to. */
export type Settlement =
  | { readonly state: 'sent' }
  | { readonly state: 'failed' | 'suppressed'; readonly reason: string }
  | { readonly state: 'pending'; readonly retryAt: number };

/**
 * Ends a claim.
 * @returns the delivery as it stands now; undefined where the claim had run out and somebody else took it over.
 */
export async function settleDelivery(claimed: Delivery, settlement: Settlement): Promise<Delivery | undefined> {
  const written = await unlessConditionFails(
    AlertDelivery.patch(itemKey(claimed))
      .set(settlement)
      .remove(['leaseUntil'])
      .where(({ state, attempts }, { eq }) => `${eq(state, 'sending')} AND ${eq(attempts, claimed.attempts)}`)
      .go({ ...table(), response: 'all_new' }),
  );
  return written && toDelivery(written.data as EntityItem<typeof AlertDelivery>, claimed); // all_new of an item that exists
}

/** @param known names the reader asked by: a long one is only a hash in the item. */
function toDelivery(item: EntityItem<typeof AlertDelivery>, known: Partial<DeliveryKey>): Delivery {
  const { id, position, sequence, state, attempts, leaseUntil, retryAt, reason, retries } = item;
  return {
    id,
    project: known.project ?? fromKeyPart(item.project) ?? item.project,
    episode: known.episode ?? fromKeyPart(item.episode) ?? item.episode,
    route: known.route ?? fromKeyPart(item.route) ?? item.route,
    position,
    sequence,
    state,
    attempts,
    ...(leaseUntil === undefined ? {} : { leaseUntil }),
    ...(retryAt === undefined ? {} : { retryAt }),
    ...(reason === undefined ? {} : { reason }),
    ...(retries === undefined ? {} : { retries }),
  };
}
