/**
 * What any route may say beside where it leads: which alerts it takes, when, how often, and whether one by one.
 */
import * as z from 'zod';
import { DAY, milliseconds } from '../runtime/index.ts';
import { Hours } from './hours.ts';
import { MatcherText } from './matcher.ts';

const Length = z
  .string()
  .regex(/^[1-9]\d{0,8}[smhd]$/, 'write a whole number and s, m, h or d, as in 5m')
  .transform((text) => milliseconds(text))
  .refine((length) => length <= 30 * DAY, 'at most 30d');

/** Names of labels, of `partitionBy` paths, or `project`, `rule`, `severity`. */
const LabelNames = z.array(z.string().min(1).max(128)).max(10);

export const policyShape = {
  /** Only alerts all of these match: `severity=critical`, `team!=ops`, `client=~client-0.*`. */
  match: z.array(MatcherText).max(20).optional(),
  /** When it may speak; an alert that still fires when the hours begin is told then. */
  hours: Hours.optional(),
  /** How long until an alert that still fires, and that nobody has acknowledged, is told again. */
  repeat: Length.optional(),
  /** How long after an alert the same rule's alert for the same partition is held back. */
  cooldown: Length.optional(),
  /** One message for the alerts that agree in these labels; with none, for all of a project. */
  group: z
    .strictObject({
      by: LabelNames.default([]),
      /** From a group's first alert to its first message. */
      wait: Length.prefault('30s'),
      /** From one message to the next about what is new. */
      interval: Length.prefault('5m'),
    })
    .optional(),
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
    ...(cooldown !== undefined && (group ?? digest) !== undefined
      ? ['"cooldown" is for alerts told one by one; a group has its "interval"']
      : []),
  ];
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
