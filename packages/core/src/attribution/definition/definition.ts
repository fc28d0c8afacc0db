/**
 * Attributions as a team declares them in packages/pipeline/src/attributions.ts.
 */
import * as z from 'zod';
import { ConfigurationError, DAY, messageOf, milliseconds, READ_ONCE } from '../../runtime/index.ts';
import { type Layout, parsePath } from '../../stream/index.ts';
import { Model, type ModelInput } from '../share/model.ts';
import type { AttributionStreams } from './file-form.ts';
import type { Reach, Sessions } from './reach.ts';

const name = z.string().min(1).max(256);

/** `visitor.id` → its steps. */
const path = z.string().transform((text, context) => {
  try {
    return parsePath(text);
  } catch (caught) {
    context.addIssue({ code: 'custom', message: messageOf(caught) });
    return z.NEVER;
  }
});

/** `shop.example`, with all below it; punycode and case as `URL` has them. */
const domain = z.string().transform((text, context) => {
  const url = URL.parse(`https://${text}`);
  if (url !== null && url.host === url.hostname && url.href === `https://${url.hostname}/`) return url.hostname;
  context.addIssue({ code: 'custom', message: `"${text}" is not a domain; write it as in shop.example` });
  return z.NEVER;
});

const distinct = (values: readonly string[]) => new Set(values).size === values.length;

const length = z.string().transform((text, context) => {
  try {
    const time = milliseconds(text);
    if (time > 0 && time <= LONGEST) return time;
    context.addIssue({ code: 'custom', message: `"${text}" is not between 1s and ${LONGEST / DAY}d` });
  } catch (caught) {
    context.addIssue({ code: 'custom', message: messageOf(caught) });
  }
  return z.NEVER;
});

/** Longest lookback: what is kept of touches grows with it. */
const LONGEST = 90 * DAY;
/** Intervals whose files are read one by one, at most: a day of 5 minutes. */
const MOST_INTERVALS = 288;

/** One attribution: which records are conversions, which are touches, and how the value is shared. */
const Attribution = z.strictObject({
  name,
  project: name,
  conversions: z.strictObject({
    collection: name,
    /** Paths to the visitor's id, the value (decimal text or number) and its currency (ISO 4217). */
    visitor: path,
    value: path,
    currency: path,
    /** What refunds call a conversion, as in `order.id`; the layout's record id unless given. */
    id: path.optional(),
    /** ISO 8601 with a zone; the layout's event time unless given. */
    time: path.optional(),
  }),
  touches: z.strictObject({
    collections: z.array(name).min(1).refine(distinct, 'names a collection twice'),
    /** Those of the collections whose records were only seen (impressions); their lookback is `view`. */
    views: z.array(name).default([]),
    visitor: path,
    /** What tells where the visitor came from. */
    url: path.prefault('page.url'),
    referrer: path.prefault('referrer'),
    /** Paths of a source, medium and campaign that the record says itself; they win over the URL. */
    source: path.optional(),
    medium: path.optional(),
    campaign: path.optional(),
    time: path.optional(),
  }),
  /** Touches count so long before a conversion: so many interval lengths, or a time for clicks and one for views. */
  lookback: z
    .union(
      [
        z.strictObject({ intervals: z.number().int().min(0).max(MOST_INTERVALS) }),
        z.strictObject({ click: length, view: length.optional() }),
      ],
      `write {intervals: 4}, at most ${MOST_INTERVALS}, or {click: "7d", view: "1d"}, at most ${LONGEST / DAY}d`,
    )
    .prefault({ intervals: 4 }),
  /** Only the touches that open a visit count. With `false`, each record is a touch. */
  sessions: z
    .union(
      [z.literal(false), z.strictObject({ timeout: length.prefault('30m'), newCampaign: z.boolean().default(true) })],
      'write false, or {timeout: "30m", newCampaign: true}',
    )
    .prefault({}),
  /** Where touches are looked for: in the files of the lookback, in an index in the table, or whichever is cheaper. */
  via: z.enum(['s3', 'index', 'auto']).default('auto'),
  models: z
    .array(Model)
    .min(1)
    .max(16)
    .refine((models) => distinct(models.map(({ name }) => name)), 'names a model twice'),
  /** Records that say that an anonymous visitor is a known user. */
  aliases: z
    .array(z.strictObject({ collection: name, anonymous: path, user: path, time: path.optional() }))
    .default([]),
  /** Records that take back part of a conversion's value: which one, and how much (positive, in its currency). */
  refunds: z.strictObject({ collection: name, conversion: path, value: path, currency: path }).optional(),
  /** The collection the results go to, in the same project. */
  into: name.default('attributions'),
  /** Domains of the team's own, and others that visitors only come back from: they are no referrers. */
  ownDomains: z.array(domain).default([]),
});
export type Attribution = Readonly<z.output<typeof Attribution>>;
export type AttributionDeclaration = Omit<z.input<typeof Attribution>, 'models'> & {
  readonly models: readonly ModelInput[];
};

/**
 * Checks declarations as they are loaded.
 * @throws ConfigurationError naming each mistake and where it is.
 */
export function defineAttributions(declarations: readonly AttributionDeclaration[]): readonly Attribution[] {
  const parsed = z.array(Attribution).safeParse(declarations, READ_ONCE);
  if (!parsed.success) throw new ConfigurationError(`attributions: ${z.prettifyError(parsed.error)}`);
  const mistakes = [
    ...repeated(parsed.data),
    ...parsed.data.flatMap(circular),
    ...parsed.data.flatMap(unknownViews),
    ...parsed.data.flatMap(tooLongForFiles),
  ];
  if (mistakes.length > 0) throw new ConfigurationError(`attributions: ${mistakes.join('; ')}`);
  return parsed.data;
}

/** A collection of conversions has one result file an interval, so two declarations would write over each other. */
function repeated(attributions: readonly Attribution[]): string[] {
  const claims = attributions.flatMap(({ name, project, conversions, into }) => [
    `the name "${name}"`,
    `conversions of "${conversions.collection}" in project "${project}"`,
    `"${into}" of project "${project}" as into`,
  ]);
  const twice = claims.filter((claim, index) => claims.indexOf(claim) !== index);
  return [...new Set(twice)].map((claim) => `two declarations have ${claim}; merge them or change one`);
}

function circular({ name, conversions, touches, aliases, refunds, into }: Attribution): string[] {
  const sources = [conversions.collection, ...touches.collections, ...(refunds ? [refunds.collection] : [])];
  const written = aliases.some(({ collection }) => collection === into);
  return distinct([...sources, into]) && !written
    ? []
    : [`"${name}" uses one collection in two places of conversions, touches, refunds and into; they have to differ`];
}

function unknownViews({ name, touches }: Attribution): string[] {
  const unknown = touches.views.filter((view) => !touches.collections.includes(view));
  return unknown.map((view) => `"${name}" has "${view}" among views, but not among the collections of touches`);
}

/** An interval is five minutes here, as the shortest that layouts have. */
function tooLongForFiles({ name, lookback, via }: Attribution): string[] {
  if (via !== 's3' || 'intervals' in lookback || longest(lookback) <= DAY) return [];
  return [`"${name}" looks back more than a day in files, one request for each; use via "index" or "auto"`];
}

const longest = ({ click, view = click }: { readonly click: number; readonly view?: number | undefined }) =>
  Math.max(click, view);

/** Milliseconds before a conversion that touches count. */
export function lookbackOf({ lookback }: Pick<Attribution, 'lookback'>, { intervalLength }: Pace): Reach {
  if (!('intervals' in lookback)) return { click: lookback.click, view: lookback.view ?? lookback.click };
  const length = lookback.intervals * intervalLength;
  return { click: length, view: length };
}

type Pace = Pick<Layout, 'intervalLength'>;

/** Milliseconds before a conversion that touches are read: a visit that began before the lookback is told by its records. */
export function reachOf(attribution: Pick<Attribution, 'lookback' | 'sessions'>, layout: Pace): number {
  return longest(lookbackOf(attribution, layout)) + (sessionsOf(attribution)?.timeout ?? 0);
}

export function sessionsOf({ sessions }: Pick<Attribution, 'sessions'>): Sessions | undefined {
  return sessions === false ? undefined : sessions;
}

/**
 * The store that touches are looked for in: files while the lookback is a day at most and every stream's files can be
 * named, else the index.
 * @throws ConfigurationError where files are asked for that nobody can name.
 */
export function storeOf(
  attribution: Pick<Attribution, 'name' | 'lookback' | 'via'>,
  { layout, sources = [] }: AttributionStreams,
): 's3' | 'index' {
  if (attribution.via === 's3' && !layout.namesFiles) {
    throw new ConfigurationError(
      `attribution "${attribution.name}" is via "s3", and the layout "${layout.name}" cannot tell where a file lies; use via "index"`,
    );
  }
  if (attribution.via !== 'auto') return attribution.via;
  const { click, view } = lookbackOf(attribution, layout);
  return Math.max(click, view) <= DAY && layout.namesFiles && sources.length === 0 ? 's3' : 'index';
}
