/**
 * What Keen's add-ons make of their inputs, in the shapes of its documentation
 * (https://keen.io/docs/streams/data-enrichment-overview/ and the page of each enrichment), and where that is silent of
 * events it recorded (https://github.com/keen/keen-dataviz.js, test/demo/index.html).
 */
import { HOUR, MINUTE } from '../../runtime/index.ts';
import type { JsonObject, JsonValue } from '../../stream/index.ts';
import { partOf, timeOf } from './date-time.ts';
import type { Place } from './place.ts';
import { originReader } from './referrer.ts';
import { Unsuitable, unsuitable } from './step.ts';
import { type Agent, agentOf } from './user-agent.ts';
import { addressOf, parseWebAddress } from './web-address.ts';

/** `keen:ip_to_geo`; what is not known is null, coordinates (longitude, latitude) are left out. */
export function keenGeo(place: Place): JsonObject {
  const { city, region, country, country_code, continent, postal_code, longitude, latitude } = place;
  return {
    city: city ?? null,
    province: region ?? null,
    country: country ?? null,
    country_code: country_code ?? null,
    continent: continent ?? null,
    postal_code: postal_code ?? null,
    ...(longitude === undefined || latitude === undefined ? {} : { coordinates: [longitude, latitude] }),
  };
}

/** `keen:url_parser`: what the URL lacks is left out; an empty one, as of a page nobody was referred to, lacks everything. */
export function keenUrl(text: string): JsonObject | Unsuitable {
  if (text === '') return {};
  const address = addressOf(text);
  if (address instanceof Unsuitable) return address;
  const { scheme, host, path, parameters, fragment } = address;
  return told({
    protocol: scheme,
    domain: host,
    path,
    anchor: fragment === '' ? undefined : fragment,
    query_string: parameters,
  });
}

const originOf = originReader();
/** Keen's chart knows these; a social network is no search and no mail. */
const MEDIA: ReadonlyMap<string, string> = new Map([
  ['search', 'SEARCH'],
  ['email', 'EMAIL'],
  ['internal', 'INTERNAL'],
]);
const BLANK: JsonObject = { medium: '', source: '', term: '' };

/** `keen:referrer_parser`: blank where either URL is malformed. */
export function keenReferrer(referrer: string, page: string): JsonObject {
  const origin = originOf(referrer, page);
  if (origin instanceof Unsuitable || origin.medium === 'direct') return { ...BLANK };
  if (parseWebAddress(page) instanceof Unsuitable) return { ...BLANK };
  const { medium, source, term } = origin;
  return told({ medium: MEDIA.get(medium) ?? 'UNKNOWN', source: medium === 'referral' ? undefined : source, term });
}

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const OFFSET = /([+-])(\d\d):?(\d\d)$/;

/** `keen:date_time_parser`: in universal time, weeks and their days as ISO 8601 has them; the offset in hours. */
export function keenDateTime(value: JsonValue): JsonObject | Unsuitable {
  const time = timeOf(value);
  if (time === undefined) return unsuitable('not_a_time');
  const date = new Date(time);
  const day = partOf('day_of_week', date);
  return {
    year: partOf('year', date),
    quarter_of_year: partOf('quarter', date),
    month: partOf('month', date),
    day_of_month: partOf('day', date),
    day_of_year: partOf('day_of_year', date),
    week: partOf('iso_week', date),
    day_of_week: day,
    day_of_week_string: DAYS[day - 1] ?? '',
    hour: partOf('hour', date),
    minute: partOf('minute', date),
    second: partOf('second', date),
    millisecond: date.getUTCMilliseconds(),
    timezone_offset: offsetOf(value),
  };
}

function offsetOf(value: JsonValue): number {
  const [, sign, hours, minutes] = (typeof value === 'string' && value.includes('T') && OFFSET.exec(value)) || [];
  if (sign === undefined) return 0;
  const offset = Number(hours) + (Number(minutes) * MINUTE) / HOUR;
  return sign === '-' && offset !== 0 ? -offset : offset;
}

const BROWSER_PARTS = ['major', 'minor', 'patch'];
const OS_PARTS = [...BROWSER_PARTS, 'patch_minor'];
const TYPES: Readonly<Record<string, string>> = {
  mobile: 'mobile phone',
  tablet: 'tablet',
  desktop: 'desktop',
  smarttv: 'smart tv',
};

/** Parts of versions: numbers, as Keen's documentation says they are, or the text that events have which it recorded. */
export type KeenVersions = 'number' | 'text';

/** `keen:ua_parser`: what is not told of a version is null. */
export function keenUserAgent(text: string, versions: KeenVersions): JsonObject {
  const agent = agentOf(text);
  const { device } = agent;
  const type = TYPES[device.type];
  return {
    device: { family: deviceFamily(agent), ...(type === undefined ? {} : { type }) },
    browser: { family: browserFamily(agent), ...version(agent.browser.version, BROWSER_PARTS, versions) },
    os: { family: osFamily(agent), ...version(agent.os.version, OS_PARTS, versions) },
  };
}

function deviceFamily({ device, bot }: Agent): string {
  if (bot) return 'Spider';
  return device.type === 'desktop' ? 'Other' : (device.model ?? 'Other');
}

/** ua-parser-js names browsers by what they are, Keen by where they run besides. */
function browserFamily({ browser, os }: Agent): string {
  const { name = 'Other' } = browser;
  if (name === 'Chrome' && os.name === 'iOS') return 'Chrome Mobile iOS';
  if ((name === 'Chrome' || name === 'Firefox') && os.name === 'Android') return `${name} Mobile`;
  return name.startsWith('Mobile ') && name !== 'Mobile Safari' ? `${name.slice('Mobile '.length)} Mobile` : name;
}

function osFamily({ os }: Agent): string {
  if (os.name === undefined) return 'Other';
  if (os.name === 'Mac OS') return 'Mac OS X';
  return os.name === 'Windows' && os.version !== undefined ? `Windows ${os.version}` : os.name;
}

function version(text: string | undefined, parts: readonly string[], as: KeenVersions): JsonObject {
  const told = (text ?? '').split('.');
  return Object.fromEntries(
    parts.map((part, index) => {
      const number = Number.parseInt(told[index] ?? '', 10);
      return [part, Number.isNaN(number) ? null : as === 'number' ? number : String(number)];
    }),
  );
}

function told(all: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  const known: JsonObject = {};
  for (const [name, value] of Object.entries(all)) if (value !== undefined) known[name] = value;
  return known;
}
