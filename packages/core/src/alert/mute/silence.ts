/**
 * Silences: alerts that match are told to nobody from one time to another. One that still fires when its silence ends
 * is told then; the end of one nobody was told of is not told either.
 */
import { Entity, type EntityItem } from 'electrodb';
import { DAY, deterministicId, expiresAt, iso, MillraceError } from '../../runtime/index.ts';
import { expiry, keyPart, keyPartType, primary, SERVICE, table } from '../../table/index.ts';
import { unlessConditionFails } from '../episode/conditional.ts';
import { type Labels, type Matcher, matcherText, matchesAll, parseMatcher } from '../route/matcher.ts';

/** How long an ended silence can still be looked up. */
const RETENTION = 30 * DAY;
/** Longest silence; a rule nobody wants to hear of is disabled instead. */
const LONGEST = 365 * DAY;

export const AlertSilence = new Entity({
  model: { entity: 'alertSilence', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    id: { type: keyPartType, required: true },
    /** Matchers as text. */
    matchers: { type: 'list', items: { type: 'string' }, required: true },
    /** ms; in force from `from` up to, not including, `to`. */
    from: { type: 'number', required: true },
    to: { type: 'number', required: true },
    by: { type: 'string', required: true },
    comment: { type: 'string', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byProject: {
      pk: { ...primary.pk, composite: ['project'] },
      sk: { ...primary.sk, composite: ['id'] },
    },
  },
});

export interface Silence {
  readonly id: string;
  readonly project: string;
  readonly matchers: readonly Matcher[];
  /** ms */
  readonly from: number;
  readonly to: number;
  /** Who silenced, and why. */
  readonly by: string;
  readonly comment: string;
}

export class InvalidSilence extends MillraceError {
  constructor(message: string) {
    super('invalid_silence', message, { retryable: false });
  }
}

/**
 * Silences alerts of a project. The same silence asked for twice is one.
 * @throws InvalidSilence
 */
export async function createSilence(given: Omit<Silence, 'id'>): Promise<Silence> {
  const { project, matchers, from, to, by } = given;
  if (!(from < to)) throw new InvalidSilence(`a silence ends after it begins: ${iso(from)} to ${iso(to)}`);
  if (to - from > LONGEST) throw new InvalidSilence('a silence lasts a year at most; disable the rule instead');
  if (matchers.length === 0)
    throw new InvalidSilence('a silence needs at least one matcher, as in rule=payments-failed');
  const texts = matchers.map(matcherText).toSorted();
  const id = deterministicId('sil', project, from, to, by, ...texts);
  await unlessConditionFails(
    AlertSilence.create({
      project: keyPart(project),
      id: keyPart(id),
      matchers: texts,
      from,
      to,
      by,
      comment: given.comment,
      expiresAt: expiresAt(to + RETENTION),
    }).go(table()),
  );
  return { ...given, id };
}

/** Ends a silence at `now`. @returns false where there is none that still has an end to come. */
export async function endSilence(project: string, id: string, now: number): Promise<boolean> {
  const ended = await unlessConditionFails(
    AlertSilence.patch({ project: keyPart(project), id: keyPart(id) })
      .set({ to: now })
      .where(({ to }, { gt }) => gt(to, now))
      .go(table()),
  );
  return ended !== undefined;
}

/** The silences of a project, those that ended lately included. */
export async function listSilences(project: string): Promise<Silence[]> {
  const { data } = await AlertSilence.query
    .byProject({ project: keyPart(project) })
    .go({ ...table(), pages: 'all', consistent: true });
  return data.map((item) => toSilence(item, project)).toSorted((a, b) => a.from - b.from || (a.id < b.id ? -1 : 1));
}

/** Of the silences in force at `now` that match, the one that ends last; undefined where none does. */
export function silenceOf(labels: Labels, silences: readonly Silence[], now: number): Silence | undefined {
  return silences
    .filter(({ from, to, matchers }) => from <= now && now < to && matchesAll(labels, matchers))
    .toSorted((a, b) => b.to - a.to)[0];
}

function toSilence({ id, matchers, from, to, by, comment }: EntityItem<typeof AlertSilence>, project: string): Silence {
  return { id, project, matchers: matchers.map(parseMatcher), from, to, by, comment };
}
