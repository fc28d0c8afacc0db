/**
 * What databases say of an address: where it is (City, Country) and whose network it is in (ASN, ISP). They hold it as MaxMind
 * lays it out (https://dev.maxmind.com/geoip/docs/databases/city-and-country), or all of it side by side, as the packages
 * `@ip-location-db/*-mmdb` do (https://github.com/sapics/ip-location-db).
 */
import type { JsonObject, JsonValue } from '../../stream/index.ts';
import type { OpenDatabase } from './ip-database.ts';

/** What is not known is left out. */
export interface Place {
  readonly continent?: string;
  readonly country?: string;
  /** ISO 3166-1. */
  readonly country_code?: string;
  readonly region?: string;
  /** ISO 3166-2 without the country. */
  readonly region_code?: string;
  readonly city?: string;
  readonly postal_code?: string;
  /** Degrees, WGS 84. */
  readonly latitude?: number;
  readonly longitude?: number;
  readonly accuracy_km?: number;
  readonly time_zone?: string;
}

/** Where an address is, names in English; undefined where nothing is known. */
export function placeOf(database: OpenDatabase, ip: string): Place | undefined {
  const found = database.find(ip)?.data;
  if (found === undefined) return undefined;
  return known(typeof found.country_code === 'string' ? flatPlace(found) : maxmindPlace(found));
}

function maxmindPlace(found: JsonObject) {
  const [region] = list(found.subdivisions);
  const location = object(found.location);
  return {
    continent: nameOf(object(found.continent)),
    country: nameOf(object(found.country)),
    country_code: text(object(found.country).iso_code),
    region: nameOf(object(region)),
    region_code: text(object(region).iso_code),
    city: nameOf(object(found.city)),
    postal_code: text(object(found.postal).code),
    latitude: number(location.latitude),
    longitude: number(location.longitude),
    accuracy_km: number(location.accuracy_radius),
    time_zone: text(location.time_zone),
  };
}

/** What is not known is empty there. */
function flatPlace(found: JsonObject) {
  return {
    country_code: text(found.country_code),
    region: text(found.state1),
    city: text(found.city),
    postal_code: text(found.postcode),
    latitude: number(found.latitude),
    longitude: number(found.longitude),
    time_zone: text(found.timezone),
  };
}

/** Whose network an address is in; undefined where nothing is known. */
export function networkOf(database: OpenDatabase, ip: string) {
  const found = database.find(ip);
  if (found === undefined) return undefined;
  return known({
    asn: number(found.data.autonomous_system_number),
    organization: text(found.data.autonomous_system_organization),
    prefix: found.prefix,
  });
}

type Known<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function known<T extends Record<string, JsonValue | undefined>>(all: T): Known<T> | undefined {
  const kept = Object.entries(all).filter(([, value]) => value !== undefined);
  return kept.length === 0 ? undefined : (Object.fromEntries(kept) as Known<T>); // without those that are undefined
}

const nameOf = ({ names }: JsonObject) => text(object(names).en);
const text = (value: JsonValue | undefined) => (typeof value === 'string' && value !== '' ? value : undefined);
const number = (value: JsonValue | undefined) => (typeof value === 'number' ? value : undefined);
const list = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);
const NOTHING: JsonObject = {};
function object(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : NOTHING;
}
