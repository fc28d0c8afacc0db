/**
 * Keen’s add-ons, with the inputs and outputs of its documentation (https://keen.io/docs/streams/data-enrichment-overview/ and
 * the page of each), of its blog (https://blog.keen.io/ip-anonymization-for-geo-enrichment/), and of five events it recorded
 * (https://github.com/keen/keen-dataviz.js, test/demo/index.html).
 */
import { describe, expect, it } from 'vitest';
import { readDatabase, writeDatabase } from '../geo/index.ts';
import { places } from '../test/places.ts';
import { runSteps } from '../test/run-steps.ts';

const opened = readDatabase(writeDatabase('GeoLite2-City', places), 'city');
const city = { open: async () => opened };

async function addons(json: string, ...configured: object[]) {
  const record = { ...JSON.parse(json), keen: { id: '1', addons: configured } };
  const after = await runSteps([{ kind: 'keen-addons', places: city }], JSON.stringify(record));
  const { keen, ...rest } = after.record;
  return { rest, keen, notes: after.notes };
}
const NOWHERE = { city: null, province: null, country: null, country_code: null, continent: null, postal_code: null };
const addon = (name: string, input: object) => ({ name: `keen:${name}`, input, output: 'info' });

describe('Keen’s add-ons', () => {
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
        ...{ day_of_year: 127, quarter_of_year: 2 },
      },
    ],
    [
      'date_time_parser',
      '{"in":"2018-07-30T14:56:20.679Z"}',
      { date_time: 'in' },
      {
        ...{ millisecond: 679, day_of_week_string: 'Monday', hour: 14, timezone_offset: 0, day_of_month: 30 },
        ...{ day_of_week: 1, day_of_year: 211, second: 20, week: 31, year: 2018, month: 7, minute: 56 },
        quarter_of_year: 3,
      },
    ],
    ['url_parser', '{"in":""}', { url: 'in' }, {}],
    [
      'date_time_parser',
      '{"in":"2017-03-22T16:44:29.019+02:00"}',
      { date_time: 'in' },
      {
        ...{ year: 2017, month: 3, day_of_month: 22, week: 12, day_of_week: 3, day_of_week_string: 'Wednesday' },
        ...{ hour: 14, minute: 44, second: 29, millisecond: 19, timezone_offset: 2 },
        ...{ day_of_year: 81, quarter_of_year: 1 },
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

  // What keen-tracking.js 5 sends of a page (its test/unit/modules/browser-auto-tracking-spec.js), and how Keen records it
  it('do what Keen’s own tracker asks for, into objects that have something already', async () => {
    const record = {
      ip_address: '81.2.69.160',
      geo: {},
      user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0',
      tech: { profile: { cookies: true } },
      url: { full: 'https://shop.example/', info: {} },
      referrer: { full: '', info: {} },
      local_time_full: '2017-05-07T18:16:54.768-05:00',
      time: { local: {}, utc: {} },
      keen: { timestamp: '2017-05-07T23:16:54.768Z' },
    };
    const asked = [
      { name: 'keen:ua_parser', input: { ua_string: 'user_agent' }, output: 'tech' },
      { name: 'keen:url_parser', input: { url: 'url.full' }, output: 'url.info' },
      { name: 'keen:url_parser', input: { url: 'referrer.full' }, output: 'referrer.info' },
      { name: 'keen:date_time_parser', input: { date_time: 'keen.timestamp' }, output: 'time.utc' },
      { name: 'keen:date_time_parser', input: { date_time: 'local_time_full' }, output: 'time.local' },
      { name: 'keen:ip_to_geo', input: { ip: 'ip_address', remove_ip_property: true }, output: 'geo' },
    ];
    const { ip_address: _, ...kept } = record;
    const json = JSON.stringify({ ...record, keen: { ...record.keen, addons: asked } });
    const after = await runSteps([{ kind: 'keen-addons', places: city }], json);
    const time = {
      ...{ year: 2017, month: 5, day_of_month: 7, week: 18, day_of_week: 7, day_of_week_string: 'Sunday' },
      ...{ hour: 23, minute: 16, second: 54, millisecond: 768, day_of_year: 127, quarter_of_year: 2 },
    };
    expect(after.record).toEqual({
      ...kept,
      geo: {
        ...{ city: 'London', province: 'England', country: 'United Kingdom', country_code: 'GB', continent: 'Europe' },
        ...{ postal_code: 'EC2V', coordinates: [-0.0931, 51.5142] },
      },
      tech: {
        profile: { cookies: true },
        device: { family: 'Other', type: 'desktop' },
        browser: { family: 'Firefox', major: 147, minor: 0, patch: null },
        os: { family: 'Linux', major: null, minor: null, patch: null, patch_minor: null },
      },
      url: { full: 'https://shop.example/', info: { protocol: 'https', domain: 'shop.example', path: '/' } },
      time: { utc: { ...time, timezone_offset: 0 }, local: { ...time, timezone_offset: -5 } },
    });
    expect(after.notes).toEqual([]);
  });

  // Of what their inputs lack or make no sense of, whole
  it.each<[string, string, object, unknown, string[]]>([
    ['ip_to_geo', '"10.0.0.1"', { ip: 'in' }, NOWHERE, []],
    ['ip_to_geo', '"2001:db8:1::42"', { ip: 'in' }, { ...NOWHERE, country: 'Sweden', country_code: 'SE' }, []],
    ['ip_to_geo', '["81.2.69.160"]', { ip: 'in' }, undefined, ['not_text']],
    ['ip_to_geo', 'null', { ip: 'in' }, undefined, []],
    [
      'url_parser',
      '"https://a.example/?__proto__=1&constructor=2&x=%zz"',
      { url: 'in' },
      'protocol domain path query_string',
      [],
    ],
    ['url_parser', '"data:text/html,x"', { url: 'in' }, undefined, ['not_a_url']],
    ['url_parser', '["https://a.example/"]', { url: 'in' }, undefined, ['not_text']],
    ['ua_parser', '""', { ua_string: 'in' }, 'device browser os', []],
    ['ua_parser', `"${'('.repeat(10_240)}"`, { ua_string: 'in' }, 'device browser os', []],
    ['ua_parser', '[]', { ua_string: 'in' }, undefined, ['not_text']],
    ['date_time_parser', '"0001-01-01"', { date_time: 'in' }, undefined, ['not_a_time']],
    ['date_time_parser', '["2017-05-07T23:16:54.768Z"]', { date_time: 'in' }, undefined, ['not_a_time']],
    ['referrer_parser', '"https://www.google.com/"', { referrer_url: 'in' }, undefined, []],
    ['referrer_parser', '"https://www.google.com/"', { referrer_url: 'in', page_url: 'at.page' }, undefined, []],
    ['referrer_parser', '""', { referrer_url: 'in', page_url: 'in' }, { medium: '', source: '', term: '' }, []],
  ])('%s of %s as %j', async (name, json, input, info, notes) => {
    const { rest, keen, notes: noted } = await addons(`{"in":${json}}`, addon(name, input));
    const shown = typeof info === 'string' ? Object.keys(rest.info as object).join(' ') : rest.info;
    expect([shown, noted, keen]).toEqual([info, notes.map((one) => `keen.addons.0 ${one}`), { id: '1' }]);
  });

  it('tell nothing they do not know of a user agent that is none', async () => {
    const unknown = { major: null, minor: null, patch: null };
    const { rest } = await addons('{"in":""}', addon('ua_parser', { ua_string: 'in' }));
    expect(rest.info).toEqual({
      device: { family: 'Other' },
      browser: { family: 'Other', ...unknown },
      os: { family: 'Other', ...unknown, patch_minor: null },
    });
  });

  it('tell versions as text, as in the events that Keen recorded, where they are asked to', async () => {
    const agent =
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_13_3) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/67.0.3396.99 Safari/537.36';
    const keen = { addons: [addon('ua_parser', { ua_string: 'in' })] };
    const { record } = await runSteps([{ kind: 'keen-addons', versions: 'text' }], JSON.stringify({ in: agent, keen }));
    expect(record.info).toEqual({
      device: { family: 'Other', type: 'desktop' },
      os: { major: '10', patch_minor: null, minor: '13', family: 'Mac OS X', patch: '3' },
      browser: { major: '67', minor: '0', family: 'Chrome', patch: '3396' },
    });
  });

  it.each([
    ['keen', false],
    ['keen.timestamp', false],
    ['keen.timestamp.utc', false],
    ['keen.id', false],
    ['keen.addons', false],
    ['keen.time', true],
    ['keen_time', true],
  ])('write to %s, so much as it is not what Keen says of the record: %s', async (output, written) => {
    const { rest, keen, notes } = await addons('{"in":"2018-07-30T14:56:20.679Z"}', {
      ...addon('date_time_parser', { date_time: 'in' }),
      output,
    });
    expect(notes).toEqual(written ? [] : ['keen.addons.0 path_blocked']);
    expect(JSON.stringify({ rest, keen }).includes('"day_of_year":211')).toBe(written);
    expect(keen).toMatchObject({ id: '1' });
  });

  it('are 50 at most', async () => {
    const fifty = Array.from({ length: 51 }, (_, n) => ({ ...addon('url_parser', { url: 'in' }), output: `info${n}` }));
    const { rest, notes } = await addons('{"in":"https://a.example/"}', ...fifty);
    expect(rest).toHaveProperty('info49');
    expect(rest).not.toHaveProperty('info50');
    expect(notes).toEqual(['keen.addons too_long']);
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
