import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { toUSVString } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { MINUTE, SECOND } from '../../runtime/index.ts';
import { createLookupMemory } from '../lookup/memory.ts';
import { runSteps, scope } from '../test/run-steps.ts';
import { type HttpLookup, http } from './index.ts';

vi.hoisted(() => {
  process.env.SST_RESOURCE_App = JSON.stringify({ name: 'millrace', stage: 'test' });
  process.env.SST_RESOURCE_EnrichLookupKey = JSON.stringify({ value: 'token' });
});

const people: Record<string, object> = { a: { name: 'Ada' }, b: { name: 'Bob' }, 'x/y?z': { name: 'Odd' } };
const usual = {
  status: 200,
  body: undefined as string | undefined,
  delay: 0,
  /** Whether the id spoils what is asked together with it. */
  refuses: (_id: string) => false,
  refusal: 400,
};
const api = { requests: [] as string[], ...usual };

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const sent = await text(request);
  api.requests.push(`${request.method} ${request.url} ${sent}`.trim());
  if (api.delay > 0) await new Promise((resolve) => setTimeout(resolve, api.delay));
  const known = (ids: string[]) =>
    Object.fromEntries(ids.flatMap((id) => (Object.hasOwn(people, id) ? [[id, people[id]]] : [])));
  const single = decodeURIComponent(String(request.url).slice('/people/'.length));
  const ids: string[] = request.method === 'POST' ? JSON.parse(sent).ids : [single];
  const found = request.method === 'POST' ? known(ids) : known(ids)[single];
  const status = ids.some(api.refuses) ? api.refusal : api.status === 200 && found === undefined ? 404 : api.status;
  const authorized = request.headers.authorization === 'Bearer token';
  response.writeHead(authorized ? status : 401, status === 302 ? { location: 'http://elsewhere.example/' } : {});
  response.end(api.body ?? JSON.stringify(found));
}

const server = createServer((request, response) => void answer(request, response));
let base = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // listening on a port
});
afterAll(() => void server.close());
beforeEach(() => void Object.assign(api, { requests: [], ...usual }));

function source(more: Partial<HttpLookup> = {}) {
  const clock = { now: 0 };
  const headers = { authorization: { secret: 'EnrichLookupKey', prefix: 'Bearer ' } };
  const memory = createLookupMemory({ clock: () => clock.now });
  const made = http({ url: `${base}/people`, headers, memory, ...more });
  const ask = async (...ids: string[]) => {
    const { found, failed } = await (await made.open(scope))(new Set(ids));
    return [Object.fromEntries([...found].map(([id, json]) => [id, JSON.parse(json)])), [...failed]] as const;
  };
  return { clock, made, ask };
}

describe('a lookup over HTTP', () => {
  it('asks for many at once, and remembers', async () => {
    const { ask } = source();
    expect(await ask('a', 'b', 'nobody')).toEqual([{ a: people.a, b: people.b }, []]);
    expect(await ask('a', 'nobody')).toEqual([{ a: people.a }, []]);
    expect(api.requests).toEqual(['POST /people {"ids":["a","b","nobody"]}']);
  });

  it('keeps apart what it is told by different headers', async () => {
    const memory = createLookupMemory();
    const headers = (tenant: string) => ({ authorization: 'Bearer token', 'x-tenant': tenant });
    await source({ memory, headers: headers('one') }).ask('a');
    await source({ memory, headers: headers('one') }).ask('a');
    await source({ memory, headers: headers('other') }).ask('a');
    expect(api.requests).toHaveLength(2);
  });

  it('tells of a failure without what is secret in the address or in headers', async () => {
    const lines: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    api.status = 500;
    await source({ url: `${base}/people?token=t0p`, headers: { authorization: 'Bearer s3cret' } }).ask('a');
    vi.restoreAllMocks();
    expect(lines.join()).toContain('a lookup was not answered');
    expect(lines.join()).not.toMatch(/t0p|s3cret|"a"/);
  });

  it('asks in batches', async () => {
    const { ask } = source({ batch: 2 });
    await ask('a', 'b', 'c', 'd', 'e');
    expect(api.requests.toSorted()).toEqual([
      'POST /people {"ids":["a","b"]}',
      'POST /people {"ids":["c","d"]}',
      'POST /people {"ids":["e"]}',
    ]);
  });

  it('asks for one at a time where the URL says so', async () => {
    const { ask } = source({ url: `${base}/people/{id}` });
    expect(await ask('a', 'x/y?z', '../admin')).toEqual([{ a: people.a, 'x/y?z': people['x/y?z'] }, []]);
    expect(api.requests.toSorted()).toEqual(['GET /people/..%2Fadmin', 'GET /people/a', 'GET /people/x%2Fy%3Fz']);
  });

  it('takes any text for an id', async () => {
    const ids = [
      '__proto__',
      'constructor',
      '../../admin',
      'a\r\nx: y',
      '?a=1#b',
      '\ud800',
      'x'.repeat(10_240),
      '{id}',
    ];
    expect(await source().ask(...ids, 'a')).toEqual([{ a: people.a }, []]);
    expect(JSON.parse(api.requests[0]?.slice('POST /people '.length) ?? '').ids).toEqual([...ids, 'a']);
    api.body = '{"__proto__":{"polluted":1},"constructor":2}';
    const [found, failed] = await source().ask('__proto__', 'constructor', 'a');
    expect([JSON.stringify(found), failed]).toEqual(['{"__proto__":{"polluted":1},"constructor":2}', []]);
    expect({}).not.toHaveProperty('polluted');
  });

  it('one at a time, asks about none that a URL cannot hold, and bad ids keep no others from being asked about', async () => {
    const { ask } = source({ url: `${base}/people/{id}`, concurrency: 1, whenUnavailable: 'retry' });
    expect(await ask('\ud800', '.', '..', 'x'.repeat(10_240), '$&')).toEqual([{}, []]);
    expect(api.requests).toEqual(['GET /people/%24%26']);
    for (const status of [400, 410, 414, 422]) {
      Object.assign(api, { status, requests: [] });
      const ids = Array.from({ length: 6 }, (_, n) => `${status}-${n}`);
      expect(await ask(...ids)).toEqual([{}, []]);
      expect(api.requests).toHaveLength(6);
    }
    api.status = 200;
    expect(await ask('a')).toEqual([{ a: people.a }, []]);
  });

  it.each<[string, Partial<typeof api>]>([
    ['an error', { status: 500 }],
    ['too many requests', { status: 429 }],
    ['a way to elsewhere', { status: 302 }],
    ['no JSON', { body: '<html>' }],
    ['no object', { body: '["a"]' }],
    ['nothing in time', { delay: 300 }],
    ['more than anybody needs', { body: `"${'x'.repeat(9 * 1024 * 1024)}"` }],
  ])('that gets %s notes the ids, and records go on', async (_, faulty) => {
    Object.assign(api, faulty);
    const { made } = source({ timeout: 200 });
    const { record, notes } = await runSteps(
      [{ kind: 'lookup', from: made, at: 'who', into: 'person' }],
      '{"who":"a"}',
    );
    expect([record, notes]).toEqual([{ who: 'a' }, ['who lookup_failed']]);
  });

  it('believes in a failure for 15 seconds, and uses the last good answer while there is one', async () => {
    const { clock, ask } = source();
    await ask('a');
    clock.now = 10 * MINUTE;
    api.status = 503;
    expect(await ask('a', 'b')).toEqual([{ a: people.a }, ['b']]);
    api.status = 200;
    expect(await ask('b')).toEqual([{}, ['b']]);
    clock.now += 15 * SECOND;
    expect(await ask('b')).toEqual([{ b: people.b }, []]);
    expect(api.requests).toHaveLength(3);
  });

  it('asks nobody after failures in a row, and one again after a pause', async () => {
    const { ask } = source({ batch: 1, concurrency: 1, breaker: { failures: 3, pause: 100 } });
    api.status = 500;
    expect(await ask('1', '2', '3', '4', '5', '6')).toEqual([{}, ['1', '2', '3', '4', '5', '6']]);
    expect(api.requests).toHaveLength(3);
    api.status = 200;
    expect(await ask('a')).toEqual([{}, ['a']]);
    expect(api.requests).toHaveLength(3);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await ask('b')).toEqual([{ b: people.b }, []]);
  });

  it('fails the file where that is asked for', async () => {
    api.status = 500;
    await expect(source({ whenUnavailable: 'retry' }).ask('a')).rejects.toThrow(/127.0.0.1:\d+ answered 500$/);
  });
});

describe('a batch that the API refuses', () => {
  const ids = (count: number) => Array.from({ length: count }, (_, n) => `p${n}`);
  beforeEach(() => {
    for (const id of ids(100)) people[id] = { name: id };
  });
  afterEach(() => {
    for (const id of ids(100)) delete people[id];
  });

  it.each([400, 413, 414, 422])(
    'with %i is asked again in halves, down to the id that is no good one',
    async (refusal) => {
      Object.assign(api, { refusal, refuses: (id: string) => id === 'p42' });
      const { ask } = source({ whenUnavailable: 'retry', breaker: { failures: 1 } });
      const [found, failed] = await ask(...ids(100));
      expect(Object.keys(found)).toEqual(expect.arrayContaining(ids(100).filter((id) => id !== 'p42')));
      expect([Object.keys(found).length, failed]).toEqual([99, []]);
      expect(api.requests.length).toBeLessThanOrEqual(15);
      await ask(...ids(100)); // all remembered, that p42 is not known too
      expect(api.requests.length).toBeLessThanOrEqual(15);
    },
  );

  it('keeps the ids of others, whatever the bad one is', async () => {
    const bad = ['__proto__', '\ud800', 'x'.repeat(1_000_000), '../admin', '\0'];
    api.refuses = (id) => bad.some((one) => id === toUSVString(one) || id === one);
    for (const one of bad) expect(await source().ask('a', one, 'b')).toEqual([{ a: people.a, b: people.b }, []]);
  });

  it('is given up after 32 more requests, and a while later the rest has as many', async () => {
    api.refuses = (id) => Number(id.slice(1)) % 25 === 0;
    const { ask, clock } = source({ breaker: { failures: 1 } });
    const [found, failed] = await ask(...ids(100));
    expect(api.requests).toHaveLength(33);
    const told = Object.keys(found);
    expect(told.length).toBeGreaterThan(80);
    expect([...told, ...failed].length).toBeGreaterThanOrEqual(96);
    clock.now += 15 * SECOND;
    const [later, left] = await ask(...ids(100));
    expect([Object.keys(later).length, left]).toEqual([96, []]);
  });

  it('of bad ids alone costs two requests an id, and opens no circuit breaker', async () => {
    api.refuses = (id) => id.startsWith('bad');
    const { ask } = source({ whenUnavailable: 'retry', breaker: { failures: 1 } });
    expect(await ask('bad1', 'bad2', 'bad3', 'bad4')).toEqual([{}, []]);
    expect(api.requests).toHaveLength(7);
    expect(await ask('a')).toEqual([{ a: people.a }, []]);
  });

  it('by an API that refuses everything is a failure that is named', async () => {
    api.refuses = () => true;
    const { ask } = source({ whenUnavailable: 'retry' });
    await expect(ask(...ids(100))).rejects.toThrow(/127.0.0.1:\d+ refused .*with 400/);
    expect(api.requests).toHaveLength(33);
  });

  it('goes on where a half of it fails otherwise', async () => {
    api.refuses = (id) => {
      if (id === 'p0') api.status = 503; // from here on
      return id === 'p0';
    };
    expect(await source().ask('p0', 'p1', 'p2', 'p3')).toEqual([{}, ['p1', 'p2', 'p3']]);
  });

  it.each([401, 403, 404, 429, 500])('is not asked again after %i, which says something of the API', async (status) => {
    api.status = status;
    expect(await source().ask('a', 'b')).toEqual([{}, ['a', 'b']]);
    expect(api.requests).toHaveLength(1);
  });
});
