/**
 * Where a visitor came from: `{"medium":"search","source":"Google","term":"desk lamp"}` of the referrer's URL.
 */
import * as z from 'zod';
import { isWithin, siteOf } from '../../referral/index.ts';
import { onFirstUse } from '../../runtime/index.ts';
import { type JsonValue, parsePath, valueAt } from '../../stream/index.ts';
import { type Derived, derivation, derive, recalling, type Sharing, samePlaces } from './derive.ts';
import { elementPath } from './element-path.ts';
import { type Change, common, Unsuitable, unsuitable } from './step.ts';
import { bareHost, bareHostOf, parseWebAddress } from './web-address.ts';

const domain = z.string().regex(/^[a-z0-9.-]+$/, 'is a domain in lower case, as in shop.example');

export const ReferrerStep = onFirstUse(() =>
  z
    .strictObject({
      kind: z.literal('referrer'),
      ...derivation,
      /** Where the URL of the page itself is: a referrer of the same host is `internal`. */
      page: elementPath.optional(),
      /** Domains of one's own; referrers in them, and in what is below them, are `internal`. */
      ownDomains: z.array(domain).default([]),
      ...common,
    })
    .refine(...samePlaces),
);

/** Apps name themselves by their package: `android-app://com.google.android.gm/`. */
const SCHEMES = ['http', 'https', 'android-app'];

type Medium = 'direct' | 'internal' | 'search' | 'social' | 'email' | 'referral';

export type Origin = {
  readonly medium: Medium;
  /** Its name where it is known, else its host. */
  readonly source?: string;
  /** What was searched for, where a search engine still tells it. */
  readonly term?: string;
};

/**
 * `medium`, `source`, `term`: the empty referrer is `direct`, a host that no table knows a `referral`. Without a referrer
 * there is nothing to tell.
 */
export function compileReferrer(step: z.output<ReturnType<typeof ReferrerStep>>, sharing: Sharing): Change {
  const origin = originReader(step.ownDomains);
  const page = step.page === undefined ? undefined : parsePath(step.page);
  return derive(step, (referrer, record): Derived => {
    if (typeof referrer !== 'string') return unsuitable('not_text');
    const found = origin(referrer, page === undefined ? undefined : valueAt(record, page));
    return found instanceof Unsuitable || sharing === 'shared' ? found : { ...found };
  });
}

/** Reads referrers; a page of the same host, or one of one's own domains, makes them internal. What it says is not to be changed. */
export function originReader(
  ownDomains: readonly string[] = [],
): (referrer: string, page: JsonValue | undefined) => Origin | Unsuitable {
  const parsed = recalling((text): { host: string; origin: Origin; internal: Origin } | Unsuitable => {
    if (text.trim() === '') return { host: '', origin: { medium: 'direct' }, internal: { medium: 'internal' } };
    const url = parseWebAddress(text, SCHEMES);
    if (url instanceof Unsuitable) return url;
    const host = bareHost(url);
    return { host, origin: originOf(url, ownDomains), internal: { medium: 'internal', source: host } };
  });
  return (referrer, page) => {
    const one = parsed(referrer);
    if (one instanceof Unsuitable) return one;
    const internal = one.host !== '' && typeof page === 'string' && bareHostOf(page) === one.host;
    return internal ? one.internal : one.origin;
  };
}

function originOf(url: URL, ownDomains: readonly string[]): Origin {
  const host = bareHost(url);
  if (isWithin(host, ownDomains)) return { medium: 'internal', source: host };
  const site = siteOf(url.hostname);
  if (site === undefined) return { medium: 'referral', source: host };
  const { medium, source, terms } = site;
  const term = terms.map((name) => url.searchParams.get(name)).find((text) => text);
  return { medium, source, ...(term ? { term } : {}) };
}
