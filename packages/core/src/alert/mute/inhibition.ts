/**
 * Inhibition: while an alert fires that matches `source`, alerts that match `target` and agree with it in all labels of
 * `equal` are told to nobody. A label both lack counts as equal, as in Alertmanager; no alert hides itself.
 */
import { Entity } from 'electrodb';
import * as z from 'zod';
import { ConfigurationError, hash, READ_ONCE } from '../../runtime/index.ts';
import { expiry, keyPart, keyPartType, primary, SERVICE, table } from '../../table/index.ts';
import { unlessConditionFails } from '../episode/conditional.ts';
import { expiryFrom } from '../episode/transition.ts';
import type { Announcement } from '../message/announcement.ts';
import { type Labels, labelsOf, MatcherText, matchesAll, type Subject } from '../route/matcher.ts';

const Inhibition = z.strictObject({
  source: z.array(MatcherText).min(1),
  target: z.array(MatcherText).min(1),
  /** Labels both must agree in. Within a project: alerts of another are never hidden. */
  equal: z.array(z.string().min(1)).default([]),
});
export type Inhibition = z.output<typeof Inhibition>;
export type Inhibitions = readonly Inhibition[];

/**
 * Declares the inhibitions of a pipeline.
 * @throws ConfigurationError naming what is wrong.
 */
export function defineInhibitions(declaration: readonly z.input<typeof Inhibition>[]): Inhibitions {
  const parsed = z.array(Inhibition).safeParse(declaration, READ_ONCE);
  if (parsed.success) return parsed.data;
  throw new ConfigurationError(`inhibitions are declared wrongly:\n${z.prettifyError(parsed.error)}`);
}

/** An episode that hides others, or did. */
export const AlertInhibitor = new Entity({
  model: { entity: 'alertInhibitor', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    /** Hash of the inhibition and the values of its equal labels. */
    scope: { type: keyPartType, required: true },
    episode: { type: keyPartType, required: true },
    position: { type: keyPartType, required: true },
    status: { type: ['firing', 'resolved', 'withdrawn'] as const, required: true },
    rule: { type: 'string', required: true },
    /** Whether it matches the target as well. */
    twoSided: { type: 'boolean', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byScope: {
      pk: { ...primary.pk, composite: ['project', 'scope'] },
      sk: { ...primary.sk, composite: ['episode'] },
    },
  },
});

function scopeOf({ source, target, equal }: Inhibition, labels: Labels) {
  const values = equal.toSorted().flatMap((name) => [name, labels.get(name) ?? '']);
  return keyPart(hash(JSON.stringify([source, target]), ...values));
}

/**
 * Remembers what an episode may hide, and what the rule's other levels may that its raise names, each unless it is
 * further on already. So of a warning and a critical alert raised by one window, each is known before either is told,
 * whichever comes first; and what is written is the same, whoever writes it.
 */
export async function recordInhibitors(announcement: Announcement, inhibitions: Inhibitions): Promise<void> {
  const { change, alert } = announcement;
  await recordInhibitor(announcement, inhibitions);
  if (change !== 'raised') return;
  for (const sibling of alert.siblings ?? []) {
    await recordInhibitor({ ...announcement, alert: { ...alert, ...sibling } }, inhibitions);
  }
}

async function recordInhibitor(announcement: Announcement, inhibitions: Inhibitions): Promise<void> {
  const { project, status, alert } = announcement;
  const labels = labelsOf(announcement);
  const position = keyPart(announcement.position);
  for (const inhibition of inhibitions) {
    if (!matchesAll(labels, inhibition.source)) continue;
    await unlessConditionFails(
      AlertInhibitor.upsert({
        project: keyPart(project),
        scope: scopeOf(inhibition, labels),
        episode: keyPart(alert.episode),
        position,
        status,
        rule: alert.rule.id,
        twoSided: matchesAll(labels, inhibition.target),
        expiresAt: expiryFrom(Date.parse(alert.startedAt)),
      })
        .where(
          (attribute, { notExists, lt }) => `${notExists(attribute.position)} OR ${lt(attribute.position, position)}`,
        )
        .go(table()),
    );
  }
}

/**
 * The rule of a firing alert that hides this one; undefined where none does. Two alerts that both match either side do
 * not hide each other. Strongly read.
 * Source: InhibitRule.hasEqual in https://github.com/prometheus/alertmanager/blob/main/inhibit/inhibit.go
 */
export async function inhibitorOf(
  { project, episode, labels }: Subject,
  inhibitions: Inhibitions,
): Promise<string | undefined> {
  for (const inhibition of inhibitions) {
    if (!matchesAll(labels, inhibition.target)) continue;
    const both = matchesAll(labels, inhibition.source);
    const { data } = await AlertInhibitor.query
      .byScope({ project: keyPart(project), scope: scopeOf(inhibition, labels) })
      .go({ ...table(), pages: 'all', consistent: true });
    const firing = data.find(
      (one) => one.status === 'firing' && one.episode !== keyPart(episode) && !(both && one.twoSided),
    );
    if (firing !== undefined) return firing.rule;
  }
  return undefined;
}
