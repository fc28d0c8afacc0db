/**
 * What an alert waits for: the end of a silence, the next reminder, a group's next message, a far delivery. Each lies by
 * its time in one of 16 shards, so that the ticker reads those that are due and no others.
 */
import { Entity, type EntityItem } from 'electrodb';
import { DAY, expiresAt, hash } from '../runtime/index.ts';
import {
  expiry,
  fromKeyPart,
  type KeyPart,
  keyPart,
  keyPartType,
  primary,
  SERVICE,
  secondary,
  table,
  timeKey,
} from '../table/index.ts';
import { unlessConditionFails } from './episode/conditional.ts';

/** What nobody came for so long after its time is given up; the ticker runs every minute. */
const RETENTION = 30 * DAY;
const SHARDS = 16;

export const AlertDeadline = new Entity({
  model: { entity: 'alertDeadline', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    /** Id of an episode or a group. */
    subject: { type: keyPartType, required: true },
    route: { type: keyPartType, required: true },
    /** Of a delivery that waits; empty for the episode or group itself. */
    position: { type: keyPartType, required: true },
    shard: { type: keyPartType, required: true },
    /** When (ms) somebody is to come. */
    due: timeKey,
    /** What that was (ms) before somebody held it: names what is done then, whoever does it. */
    planned: { type: 'number', required: true },
    /** Whoever works on it, until somebody finds something new to do; empty for nobody. */
    holder: { type: 'string', required: true },
    expiresAt: expiry,
  },
  indexes: {
    bySubject: {
      pk: { ...primary.pk, composite: ['project', 'subject'] },
      sk: { ...primary.sk, composite: ['route', 'position'] },
    },
    byDue: {
      index: 'gsi1',
      pk: { ...secondary.pk, composite: ['shard'] },
      sk: { ...secondary.sk, composite: ['due'] },
    },
  },
});

export interface DeadlineKey {
  readonly project: string;
  readonly subject: string;
  readonly route: string;
  /** Empty where it is about the subject as a whole. */
  readonly position: string;
}

export interface Deadline extends DeadlineKey {
  /** ms; see `AlertDeadline`. */
  readonly due: number;
  readonly planned: number;
}

/** Every shard; the ticker reads each. */
export const shards: readonly KeyPart[] = Array.from({ length: SHARDS }, (_, n) => keyPart(String(n)));

function itemKey({ project, subject, route, position }: DeadlineKey) {
  return { project: keyPart(project), subject: keyPart(subject), route: keyPart(route), position: keyPart(position) };
}

/** The attributes that follow from when it is due. */
function timing({ project, subject, route, position }: DeadlineKey, due: number) {
  const sum = [...hash(project, subject, route, position)].reduce((total, one) => total + one.charCodeAt(0), 0);
  return { shard: keyPart(String(sum % SHARDS)), due, expiresAt: expiresAt(due + RETENTION) };
}

/**
 * Makes sure that somebody comes at `due` or before, and sees what was written before this call: whoever works on the
 * deadline now comes again.
 */
export async function ensureDeadline(key: DeadlineKey, due: number): Promise<void> {
  const earlier = await unlessConditionFails(
    AlertDeadline.upsert({ ...itemKey(key), ...timing(key, due), planned: due, holder: NOBODY })
      .where((attribute, { notExists, gt }) => `${notExists(attribute.due)} OR ${gt(attribute.due, due)}`)
      .go(table()),
  );
  if (earlier !== undefined) return;
  await unlessConditionFails(
    AlertDeadline.patch(itemKey(key))
      .set({ holder: NOBODY })
      .where(({ holder }, { ne }) => ne(holder, NOBODY))
      .go(table()),
  );
}

/** The deadlines of a shard that are due, oldest first, at most `limit`. */
export async function dueDeadlines(shard: KeyPart, now: number, limit: number): Promise<Deadline[]> {
  const { data } = await AlertDeadline.query
    .byDue({ shard })
    .lte({ due: now })
    .go({ ...table(), limit });
  return data.flatMap(toDeadline);
}

/**
 * Takes a deadline until `until` (ms): nobody else comes before. Of any number of callers one gets it.
 * @returns what to finish it with; undefined where it was taken, moved or met meanwhile.
 */
export async function holdDeadline(deadline: Deadline, until: number): Promise<Deadline | undefined> {
  const held = await unlessConditionFails(
    AlertDeadline.patch(itemKey(deadline))
      .set({ ...timing(deadline, until), holder: holderOf(until) })
      .where(({ due }, { eq }) => eq(due, deadline.due))
      .go(table()),
  );
  return held && { ...deadline, due: until };
}

/**
 * Ends what `holdDeadline` began: moves the deadline on, or deletes it. Where something new came up meanwhile, it stays as
 * it is, and comes back when the hold has run out, or when that new thing is due.
 */
export async function finishDeadline(held: Deadline, next: number | undefined): Promise<void> {
  if (next === undefined) {
    await unlessConditionFails(
      AlertDeadline.remove(itemKey(held))
        .where(({ holder }, { eq }) => eq(holder, holderOf(held.due)))
        .go(table()),
    );
    return;
  }
  await unlessConditionFails(
    AlertDeadline.patch(itemKey(held))
      .set({ ...timing(held, next), planned: next, holder: NOBODY })
      .where(({ holder }, { eq }) => eq(holder, holderOf(held.due)))
      .go(table()),
  );
}

const NOBODY = '';
const holderOf = (until: number) => String(until);

/** None where a name was too long to be kept: such a deadline expires. */
function toDeadline({ due, planned, ...item }: EntityItem<typeof AlertDeadline>): Deadline[] {
  const [project, subject, route, position] = [item.project, item.subject, item.route, item.position].map(fromKeyPart);
  if (project === undefined || subject === undefined || route === undefined || position === undefined) return [];
  return [{ project, subject, route, position, due, planned }];
}
