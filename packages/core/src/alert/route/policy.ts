/**
 * What any route may say beside where it leads: which alerts it takes, when, how often, and whether one by one. Of the
 * last two, a rule may say something else for its own alerts.
 */
import * as z from 'zod';
import type { NotifySettings } from '../../event/index.ts';
import { DAY, milliseconds, READ_ONCE } from '../../runtime/index.ts';
import { Hours } from './hours.ts';
import { MatcherText } from './matcher.ts';

const Length = z
  .string()
  .regex(/^[1-9]\d{0,8}[smhd]$/, 'write a whole number and s, m, h or d, as in 5m')
  .transform((text) => milliseconds(text))
  .refine((length) => length <= 30 * DAY, 'at most 30d');

/** Names of labels, of `partitionBy` paths, or `project`, `rule`, `severity`. */
const LabelNames = z.array(z.string().min(1).max(128)).max(10);

const Group = z.strictObject({
  by: LabelNames.default([]),
  /** From a group's first alert to its first message. */
  wait: Length.prefault('30s'),
  /** From one message to the next about what is new. */
  interval: Length.prefault('5m'),
});

export const policyShape = {
  /** Only alerts all of these match: `severity=critical`, `team!=ops`, `client=~client-0.*`. */
  match: z.array(MatcherText).max(20).optional(),
  /** When it may speak; an alert that still fires when the hours begin is told then. */
  hours: Hours.optional(),
  /** How long until an alert that still fires, and that nobody has acknowledged, is told again. */
  repeat: Length.optional(),
  /** How long after an alert the same rule's alert of the same severity for the same partition is held back. */
  cooldown: Length.optional(),
  /** One message for the alerts that agree in these labels; with none, for all of a project. */
  group: Group.optional(),
  /** One message for all that happened in so long, at whole multiples of it in UTC. */
  digest: Length.optional(),
};

/** A route's policy, read; lengths in ms. */
export const Policy = z.object(policyShape);
export type Policy = z.output<typeof Policy>;

/** What cannot go together, in words; empty where all can. */
export function contradictions({ group, digest, cooldown }: Partial<Record<keyof Policy, unknown>>): string[] {
  return [
    ...(group !== undefined && digest !== undefined ? ['a digest is a group of all; take "group" or "digest"'] : []),
    ...(cooldown !== undefined && digest !== undefined
      ? ['a digest tells of all that happened; take "cooldown" or "digest"']
      : []),
  ];
}

/** What a group is where only the rule asks for one. */
const USUAL_GROUP = Group.parse({}, READ_ONCE);

/**
 * A route's policy for an alert whose rule has settings of its own: those go before the route's. A digest stays one
 * message for all, whatever rules say.
 */
export function policyFor(route: Policy = {}, own: NotifySettings = {}): Policy {
  if (route.digest !== undefined) return route;
  const { groupBy, groupWait, repeat = route.repeat, cooldown = route.cooldown } = own;
  const group = groupBy === undefined ? route.group : { ...(route.group ?? USUAL_GROUP), by: groupBy };
  return {
    ...route,
    ...(group === undefined ? {} : { group: { ...group, wait: groupWait ?? group.wait } }),
    ...(repeat === undefined ? {} : { repeat }),
    ...(cooldown === undefined ? {} : { cooldown }),
  };
}

/**
 * What of a rule's settings makes its groups on a route its own: such a group is told by them, and no other rule's alerts
 * are in it. Undefined where its alerts are in the groups of all.
 */
export function ownGrouping(route: Policy, own: NotifySettings = {}): Omit<NotifySettings, 'cooldown'> | undefined {
  const { groupBy, groupWait, repeat } = own;
  if (route.digest !== undefined || (groupBy ?? groupWait ?? repeat) === undefined) return undefined;
  return { groupBy, groupWait, repeat };
}

/** How a route groups; undefined where alerts are told one by one. `every`: the digest's length. */
export interface Grouping {
  readonly by: readonly string[];
  readonly wait: number;
  readonly interval: number;
  readonly every?: number;
}

export function groupingOf({ group, digest }: Policy): Grouping | undefined {
  if (digest !== undefined) return { by: [], wait: digest, interval: digest, every: digest };
  return group;
}
