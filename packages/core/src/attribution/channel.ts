/**
 * Where a visit came from, told by its page's URL and its referrer. What says it most surely wins: an advertiser's click
 * id, then the campaign parameters (utm_*), then the referring host; a visit none of them explains is direct.
 */
import type { JsonValue } from '../stream/index.ts';
import { isWithin, knownReferrer } from './referrer.ts';

export type Channel =
  | 'paid_search'
  | 'paid_social'
  | 'organic_search'
  | 'social'
  | 'email'
  | 'display'
  | 'affiliate'
  | 'referral'
  | 'campaign' // tagged, by a medium we do not know
  | 'direct';

export interface Origin {
  readonly channel: Channel;
  /** Who sent the visitor, lower case: `google`, a utm_source or a host; null for direct. */
  readonly source: string | null;
  /** utm_medium, lower case. */
  readonly medium: string | null;
  /** utm_campaign as it is. */
  readonly campaign: string | null;
}

/** Parameters ad networks add to their links. fbclid is on unpaid links of Facebook, too. */
const CLICK_IDS: readonly (readonly [parameter: string, channel: Channel, source: string])[] = [
  ['gclid', 'paid_search', 'google'],
  ['msclkid', 'paid_search', 'bing'],
  ['fbclid', 'social', 'facebook'],
  ['ttclid', 'paid_social', 'tiktok'],
];

/** utm_medium by the names Google Analytics groups channels by (https://support.google.com/analytics/answer/9756891). */
const MEDIA: readonly (readonly [Channel, media: string])[] = [
  ['paid_search', 'cpc ppc sem paidsearch paid_search paid-search'],
  ['paid_social', 'paidsocial paid_social paid-social cpc_social'],
  ['organic_search', 'organic'],
  ['social', 'social social-network social-media social_media sm'],
  ['email', 'email e-mail e_mail newsletter'],
  ['display', 'display banner cpm interstitial expandable'],
  ['affiliate', 'affiliate affiliates'],
  ['referral', 'referral link app'],
];
const channelByMedium = new Map<string, Channel>(
  MEDIA.flatMap(([channel, media]) => media.split(' ').map((medium) => [medium, channel] as const)),
);

/** Characters kept of a name that came in a URL. */
const MAX_NAME = 256;
/** What a cut in the middle of a surrogate pair leaves. */
const HALF_CHARACTER = /[\ud800-\udbff]$/;
const DIRECT: Origin = { channel: 'direct', source: null, medium: null, campaign: null };
/** Page URLs may be relative; their host then says nothing. */
const NO_HOST = 'relative.invalid';

/**
 * Never throws, whatever the two are.
 * @param visit the page's URL, absolute or relative, and its referrer.
 * @param ownDomains domains (with all below them) that are no referrers; nor is the page's own host.
 * @returns undefined for a page within a visit, which nobody came by: one's own page led there, and no campaign did.
 */
export function originOf(
  visit: { readonly url: JsonValue | undefined; readonly referrer: JsonValue | undefined },
  ownDomains: readonly string[],
): Origin | undefined {
  const page = parseUrl(visit.url, `https://${NO_HOST}`);
  const tagged = page && (fromClickId(page.searchParams) ?? fromCampaign(page.searchParams));
  if (tagged !== undefined) return tagged;
  const referrer = parseUrl(visit.referrer);
  if (referrer === undefined || !/^(https?|android-app):$/.test(referrer.protocol)) return DIRECT;
  const host = referrer.hostname.toLowerCase();
  if (host === '') return DIRECT;
  return host === page?.hostname || isWithin(host, ownDomains) ? undefined : fromReferrer(host);
}

function parseUrl(value: JsonValue | undefined, base?: string): URL | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  return URL.parse(value, base) ?? undefined;
}

function fromClickId(parameters: URLSearchParams): Origin | undefined {
  const found = CLICK_IDS.find(([parameter]) => parameters.get(parameter));
  if (found === undefined) return undefined;
  const [, channel, source] = found;
  return { channel, source, medium: named(parameters, 'utm_medium'), campaign: text(parameters, 'utm_campaign') };
}

function fromCampaign(parameters: URLSearchParams): Origin | undefined {
  const source = named(parameters, 'utm_source');
  const medium = named(parameters, 'utm_medium');
  const campaign = text(parameters, 'utm_campaign');
  if (source === null && medium === null && campaign === null) return undefined;
  return { channel: channelByMedium.get(medium ?? '') ?? 'campaign', source, medium, campaign };
}

function fromReferrer(host: string): Origin {
  const { channel, source } = knownReferrer(host) ?? { channel: 'referral', source: host };
  return { channel, source, medium: null, campaign: null };
}

function named(parameters: URLSearchParams, name: string): string | null {
  return text(parameters, name)?.toLowerCase() ?? null;
}

function text(parameters: URLSearchParams, name: string): string | null {
  const value = parameters.get(name)?.trim().slice(0, MAX_NAME).replace(HALF_CHARACTER, '');
  return value === undefined || value === '' ? null : value;
}
