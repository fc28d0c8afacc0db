/**
 * Where a visit came from, told by its page's URL and its referrer. What says it most surely wins: an advertiser's click
 * id, then the campaign parameters (utm_*), then the referring host; a visit none of them explains is direct.
 */
import { clickIdOf, isPaymentHost, isWithin, siteOf } from '../../referral/index.ts';
import type { JsonValue } from '../../stream/index.ts';

export const channels = [
  'paid_search',
  'paid_social',
  'organic_search',
  'social',
  'email',
  'display',
  'affiliate',
  'referral',
  'campaign', // tagged, by a medium we do not know
  'direct',
] as const;
export type Channel = (typeof channels)[number];

export interface Origin {
  readonly channel: Channel;
  /** Who sent the visitor, lower case: `google`, a utm_source or a host; null for direct. */
  readonly source: string | null;
  /** utm_medium, lower case. */
  readonly medium: string | null;
  /** utm_campaign as it is. */
  readonly campaign: string | null;
}

/** The channel of an unpaid link, and of one that was paid for. */
const CHANNELS = {
  search: { unpaid: 'organic_search', paid: 'paid_search' },
  social: { unpaid: 'social', paid: 'paid_social' },
  email: { unpaid: 'email', paid: 'email' },
  display: { unpaid: 'display', paid: 'display' },
} as const;

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

/** What a record says of where its visitor came from. */
export interface Visit {
  /** The page's, absolute or relative. */
  readonly url: JsonValue | undefined;
  readonly referrer: JsonValue | undefined;
  /** Where a record says outright what a URL says in utm_source, utm_medium and utm_campaign. */
  readonly source?: JsonValue | undefined;
  readonly medium?: JsonValue | undefined;
  readonly campaign?: JsonValue | undefined;
}

/**
 * Never throws, whatever the record says.
 * @param ownDomains domains (with all below them) that are no referrers; nor is the page's own host, nor a host that
 *   visitors come back from after paying.
 * @returns `direct` also for a page that one's own page led to: it goes on with a visit, or opens one after a while.
 */
export function originOf(visit: Visit, ownDomains: readonly string[]): Origin {
  const page = parseUrl(visit.url, `https://${NO_HOST}`);
  const tagged = said(visit) ?? (page && (fromClickId(page.searchParams) ?? fromCampaign(page.searchParams)));
  if (tagged !== undefined) return tagged;
  const referrer = parseUrl(visit.referrer);
  if (referrer === undefined || !/^(https?|android-app):$/.test(referrer.protocol)) return DIRECT;
  const host = referrer.hostname.toLowerCase();
  if (host === '' || host === page?.hostname || isWithin(host, ownDomains) || isPaymentHost(host)) return DIRECT;
  return fromReferrer(host);
}

function said({ source, medium, campaign }: Visit): Origin | undefined {
  return tags(name(source)?.toLowerCase() ?? null, name(medium)?.toLowerCase() ?? null, name(campaign));
}

function parseUrl(value: JsonValue | undefined, base?: string): URL | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  return URL.parse(value, base) ?? undefined;
}

/** A click id that unpaid links carry too leaves it to utm_medium to say that the link was paid for. */
function fromClickId(parameters: URLSearchParams): Origin | undefined {
  const click = clickIdOf(parameters);
  if (click === undefined) return undefined;
  const medium = lower(parameters, 'utm_medium');
  const { unpaid, paid } = CHANNELS[click.placement];
  const channel = click.paid || channelByMedium.get(medium ?? '') === paid ? paid : unpaid;
  return { channel, source: click.source, medium, campaign: name(parameters.get('utm_campaign')) };
}

function fromCampaign(parameters: URLSearchParams): Origin | undefined {
  return tags(lower(parameters, 'utm_source'), lower(parameters, 'utm_medium'), name(parameters.get('utm_campaign')));
}

function tags(source: string | null, medium: string | null, campaign: string | null): Origin | undefined {
  if (source === null && medium === null && campaign === null) return undefined;
  return { channel: channelByMedium.get(medium ?? '') ?? 'campaign', source, medium, campaign };
}

function fromReferrer(host: string): Origin {
  const site = siteOf(host);
  if (site === undefined) return { channel: 'referral', source: host, medium: null, campaign: null };
  return { channel: CHANNELS[site.medium].unpaid, source: site.source.toLowerCase(), medium: null, campaign: null };
}

function lower(parameters: URLSearchParams, parameter: string): string | null {
  return name(parameters.get(parameter))?.toLowerCase() ?? null;
}

/** Text that says something, cut. */
function name(value: JsonValue | undefined): string | null {
  if (typeof value !== 'string') return null;
  const text = value.trim().slice(0, MAX_NAME).replace(HALF_CHARACTER, '');
  return text === '' ? null : text;
}
