/**
 * Whether an alert is to be told now: silences, inhibition, hours, cooldown, in this order.
 */
import { Entity } from 'electrodb';
import { expiresAt, hash, iso, MINUTE } from '../../runtime/index.ts';
import { expiry, keyPart, keyPartType, primary, SERVICE, table } from '../../table/index.ts';
import { unlessConditionFails } from '../episode/conditional.ts';
import { isOpen, nextOpening } from '../route/hours.ts';
import type { Subject } from '../route/matcher.ts';
import type { Policy } from '../route/policy.ts';
import { type Inhibitions, inhibitorOf } from './inhibition.ts';
import { listSilences, type Silence, silenceOf } from './silence.ts';

/** Why an alert is not told, and when (ms) to look again. */
export interface Mute {
  readonly reason: string;
  readonly until: number;
}

/** How soon to look again at what is hidden: an inhibition has no end known before, and a silence can be ended early. */
const LOOK = 5 * MINUTE;

/** What hides alerts of a project from everybody, as it stands. */
export interface Surroundings {
  readonly silences: readonly Silence[];
  readonly inhibitions: Inhibitions;
  /** ms */
  readonly now: number;
}

export async function surroundingsOf(project: string, inhibitions: Inhibitions, now: number): Promise<Surroundings> {
  return { silences: await listSilences(project), inhibitions, now };
}

/** What hides an alert from a route; undefined where nothing does. A cooldown is for `coolDown` to say. */
export async function muteOf(
  subject: Subject,
  { hours }: Policy,
  { silences, inhibitions, now }: Surroundings,
): Promise<Mute | undefined> {
  const silence = silenceOf(subject.labels, silences, now);
  if (silence !== undefined)
    return { reason: `silenced by ${silence.by}, ${silence.id}`, until: Math.min(silence.to, now + LOOK) };
  const inhibitor = await inhibitorOf(subject, inhibitions);
  if (inhibitor !== undefined) return { reason: `inhibited by an alert of ${inhibitor}`, until: now + LOOK };
  if (hours === undefined || isOpen(hours, now)) return undefined;
  return { reason: 'outside the hours of the route', until: nextOpening(hours, now) };
}

/** The last alert of a rule, severity and partition that a route was told of. */
export const AlertCooldown = new Entity({
  model: { entity: 'alertCooldown', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    route: { type: keyPartType, required: true },
    /** Hash of rule, severity and partition: worse is not the same. */
    alert: { type: keyPartType, required: true },
    episode: { type: keyPartType, required: true },
    /** ms */
    until: { type: 'number', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byAlert: {
      pk: { ...primary.pk, composite: ['project', 'route', 'alert'] },
      sk: { ...primary.sk, composite: [] },
    },
  },
});

/**
 * Begins the cooldown of an alert about to be told, or says that one is on that another episode began. One write decides
 * among episodes that come at once.
 */
export async function coolDown(
  { project, episode, labels }: Subject,
  route: string,
  { cooldown }: Policy,
  now: number,
): Promise<Mute | undefined> {
  if (cooldown === undefined) return undefined;
  const alert = ['rule', 'severity', 'partition'].map((name) => labels.get(name) ?? '');
  const key = { project: keyPart(project), route: keyPart(route), alert: keyPart(hash(...alert)) };
  const own = keyPart(episode);
  const until = now + cooldown;
  const begun = await unlessConditionFails(
    AlertCooldown.upsert({ ...key, episode: own, until, expiresAt: expiresAt(until) })
      .where(
        (attribute, { notExists, lte, eq }) =>
          `${notExists(attribute.until)} OR ${lte(attribute.until, now)} OR ${eq(attribute.episode, own)}`,
      )
      .go(table()),
  );
  if (begun !== undefined) return undefined;
  const { data } = await AlertCooldown.get(key).go({ ...table(), consistent: true });
  const end = data?.until ?? now;
  return { reason: `told of the same alert lately; cools down until ${iso(end)}`, until: end };
}
