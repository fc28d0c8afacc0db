/**
 * Keen's add-ons, as its documentation has them (https://keen.io/docs/streams/data-enrichment-overview/) and its tracker uses
 * them (https://github.com/keen/keen-tracking.js, lib/browser-auto-tracking.js): a record says in `keen.addons` what is to be
 * made of which of its properties, and where that goes. The configuration is taken away.
 */
import * as z from 'zod';
import { copyOf, define, isContainer } from '../../change/index.ts';
import { onFirstUse } from '../../runtime/index.ts';
import { type JsonObject, type JsonValue, parsePath, valueAt } from '../../stream/index.ts';
import { recalling } from './derive.ts';
import { placeInRecord, removeAt, sitesOf } from './element-path.ts';
import { plainIp } from './ip-address.ts';
import { database, type OpenDatabase } from './ip-database.ts';
import { type KeenVersions, keenDateTime, keenGeo, keenReferrer, keenUrl, keenUserAgent } from './keen-shapes.ts';
import { placeOf } from './place.ts';
import { common, type FailureReason, type Note, type PreparedStep, Unsuitable, unsuitable } from './step.ts';

export const KeenAddonsStep = onFirstUse(() =>
  z.strictObject({
    kind: z.literal('keen-addons'),
    /** Where addresses are, for `keen:ip_to_geo`; without it that add-on is noted as `lookup_failed`. */
    places: database.optional(),
    /** What `keen:ua_parser` makes of the parts of versions. */
    versions: z.enum(['number', 'text']).default('number'),
    ...common,
  }),
);

/** Add-ons of a record that are looked at: each one names a place in it to write to. */
const MOST_ADDONS = 50;
/** What Keen itself says of a record: other workflows go by it, and no add-on writes there. */
const KEENS_OWN = /^keen(\.(timestamp|created_at|id|addons)(\..*)?)?$/;

/** Reads the property of the record that an input of the add-on names. */
type Input = (name: string) => JsonValue | undefined;
type Addon = (input: Input, note: (reason: FailureReason) => void) => JsonObject | undefined;

export function compileKeenAddons({ places, versions }: z.output<ReturnType<typeof KeenAddonsStep>>): PreparedStep {
  return {
    kind: 'prepared',
    prepare: async (scope) => {
      const addons = addonsBefore(await places?.open(scope), versions);
      return (record, note) => enrich(record, addons, note);
    },
  };
}

const text = (make: (text: string) => JsonObject | Unsuitable, name: string): Addon => {
  const recall = recalling((value) => ({ made: make(value) }));
  return (input, note) => {
    const value = input(name);
    if (value === undefined || value === null) return undefined;
    const made = typeof value === 'string' ? recall(value).made : unsuitable('not_text');
    if (!(made instanceof Unsuitable)) return copyOf(made);
    note(made.reason);
    return undefined;
  };
};

function addonsBefore(places: OpenDatabase | undefined, versions: KeenVersions): ReadonlyMap<string, Addon> {
  const geo = (address: string) => {
    const ip = plainIp(address);
    if (ip === undefined) return unsuitable('not_an_ip');
    const place = places === undefined ? unsuitable('lookup_failed') : placeOf(places, ip);
    return place instanceof Unsuitable ? place : keenGeo(place ?? {});
  };
  return new Map<string, Addon>([
    ['keen:ip_to_geo', text(geo, 'ip')],
    ['keen:url_parser', text(keenUrl, 'url')],
    ['keen:ua_parser', text((agent) => keenUserAgent(agent, versions), 'ua_string')],
    ['keen:referrer_parser', referrer],
    ['keen:date_time_parser', dateTime],
  ]);
}

const referrer: Addon = (input) => {
  const [from, page] = [input('referrer_url'), input('page_url')];
  return typeof from === 'string' && typeof page === 'string' ? keenReferrer(from, page) : undefined;
};

const dateTime: Addon = (input, note) => {
  const value = input('date_time');
  if (value === undefined || value === null) return undefined;
  const made = keenDateTime(value);
  if (!(made instanceof Unsuitable)) return made;
  note(made.reason);
  return undefined;
};

/** In the order they are named; what they leave of `keen` is everything but `addons`. */
function enrich(record: JsonObject, addons: ReadonlyMap<string, Addon>, note: Note): void {
  const keen = Object.hasOwn(record, 'keen') ? record.keen : undefined;
  if (!isContainer(keen) || !Object.hasOwn(keen, 'addons')) return;
  const wanted = keen.addons;
  delete keen.addons;
  if (!Array.isArray(wanted)) {
    note('keen.addons', 'wrong_type');
    return;
  }
  if (wanted.length > MOST_ADDONS) note('keen.addons', 'too_long');
  for (const [index, configured] of wanted.slice(0, MOST_ADDONS).entries()) {
    const fail = (reason: FailureReason) => note(`keen.addons.${index}`, reason);
    const { name, input, output } = read(configured);
    const addon = typeof name === 'string' ? addons.get(name) : undefined;
    if (addon === undefined || !isContainer(input) || typeof output !== 'string') {
      fail('unknown_addon');
      continue;
    }
    const made = addon((property) => inputOf(record, input, property), fail);
    if (made !== undefined && (KEENS_OWN.test(output) || !pathOf(output).add(record, made))) fail('path_blocked');
    if (name === 'keen:ip_to_geo' && own(input, 'remove_ip_property') === true) remove(record, own(input, 'ip'));
  }
}

function read(configured: JsonValue): Partial<Record<'name' | 'input' | 'output', JsonValue | undefined>> {
  if (!isContainer(configured)) return {};
  return { name: own(configured, 'name'), input: own(configured, 'input'), output: own(configured, 'output') };
}

const own = (holder: JsonObject, name: string) => (Object.hasOwn(holder, name) ? holder[name] : undefined);

function inputOf(record: JsonObject, input: JsonObject, name: string): JsonValue | undefined {
  const property = own(input, name);
  return typeof property === 'string' ? pathOf(property).get(record) : undefined;
}

function remove(record: JsonObject, property: JsonValue | undefined): void {
  if (typeof property === 'string') pathOf(property).remove(record);
}

/** What can be done at a path that a producer wrote; nothing where it is none. */
const pathOf = recalling((property) => {
  const plain = property.split('.').every((step) => step !== '' && step !== '*' && step !== '**');
  if (!plain) return { get: () => undefined, add: () => false, remove: () => undefined };
  const path = parsePath(property);
  const place = placeInRecord(property);
  return {
    get: (record: JsonObject) => valueAt(record, path),
    /** Beside what an object there has already: Keen's own tracker puts `tech.profile` into what `keen:ua_parser` fills. */
    add: (record: JsonObject, made: JsonObject) => {
      const there = valueAt(record, path);
      if (!isContainer(there) || Array.isArray(there)) return place(record, made);
      for (const name of Object.keys(made)) define(there, name, made[name] as JsonValue); // an own property
      return true;
    },
    remove: (record: JsonObject) => sitesOf(property)(record).forEach(removeAt),
  };
});
