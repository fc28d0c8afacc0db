/**
 * Attributions as a team declares them in packages/pipeline/src/attributions.ts.
 */
import * as z from 'zod';
import { ConfigurationError, messageOf } from '../runtime/index.ts';
import { parsePath } from '../stream/index.ts';
import { modelNames } from './model.ts';

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
    /** ISO 8601 with a zone; the layout's event time unless given. */
    time: path.optional(),
  }),
  touches: z.strictObject({
    collections: z.array(name).min(1).refine(distinct, 'names a collection twice'),
    visitor: path,
    /** What tells where the visitor came from. */
    url: path.prefault('page.url'),
    referrer: path.prefault('referrer'),
    time: path.optional(),
  }),
  /** Touches count this many interval lengths before a conversion. One file is read for each: at most a day of 5 minutes. */
  lookback: z.strictObject({ intervals: z.number().int().min(0).max(288) }).prefault({ intervals: 4 }),
  models: z.array(z.enum(modelNames)).min(1).refine(distinct, 'names a model twice'),
  /** The collection the results go to, in the same project. */
  into: name.default('attributions'),
  /** Domains of the team's own, which are no referrers. */
  ownDomains: z.array(domain).default([]),
});
export type Attribution = Readonly<z.output<typeof Attribution>>;
export type AttributionDeclaration = z.input<typeof Attribution>;

/**
 * Checks declarations as they are loaded.
 * @throws ConfigurationError naming each mistake and where it is.
 */
export function defineAttributions(declarations: readonly AttributionDeclaration[]): readonly Attribution[] {
  const parsed = z.array(Attribution).safeParse(declarations);
  if (!parsed.success) throw new ConfigurationError(`attributions: ${z.prettifyError(parsed.error)}`);
  const mistakes = [...repeated(parsed.data), ...parsed.data.flatMap(circular)];
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

function circular({ name, conversions, touches, into }: Attribution): string[] {
  const sources = [conversions.collection, ...touches.collections];
  return distinct([...sources, into])
    ? []
    : [`"${name}" uses one collection in two places of conversions, touches and into; they have to differ`];
}
