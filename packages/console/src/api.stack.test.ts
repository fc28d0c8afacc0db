import { request } from 'node:http';
import { streams } from '@millrace/pipeline/streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EPISODES, episodeOf, FILES, HOSTILE, seed, seedGroup } from '../test/tenants.ts';
import { createConsole, type RunningConsole, serveConsole } from './index.ts';

const app = createConsole(streams);
const [OURS, THEIRS] = ['ours', 'theirs'];

async function ask(path: string, init: RequestInit = {}) {
  const response = await app.request(path, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
}
const read = async (path: string) => JSON.parse((await ask(path)).text);

beforeAll(async () => {
  await seed(OURS);
  await seed(THEIRS);
});

describe('a tenant', () => {
  it.each([
    ['streams', 1],
    ['files?collection=orders', FILES],
    ['episodes', EPISODES],
    ['deliveries', 2 * EPISODES - 1],
    ['rules', 1],
    ['silences', 1],
    ['quarantine', FILES],
  ])('sees its own %s, and nothing of another', async (list, count) => {
    for (const [project, other] of [
      [OURS, THEIRS],
      [THEIRS, OURS],
    ] as const) {
      const { status, text } = await ask(`/api/${list}${list.includes('?') ? '&' : '?'}project=${project}`);
      expect(status).toBe(200);
      expect(JSON.parse(text).items).toHaveLength(count);
      expect(text).not.toContain(other);
    }
  });

  it('has no episode of another', async () => {
    const path = `/api/episodes/${episodeOf(THEIRS, 0)}`;
    expect(await ask(`${path}?project=${THEIRS}`)).toMatchObject({ status: 200 });
    expect(await ask(`${path}?project=${OURS}`)).toMatchObject({ status: 404 });
  });

  it.each(['nobody', 'ours#', 'our', 'OURS', '__proto__', '%', HOSTILE])('named %j has nothing', async (project) => {
    for (const list of ['streams', 'episodes', 'deliveries', 'rules', 'silences', 'quarantine']) {
      const { items } = await read(`/api/${list}?${new URLSearchParams({ project })}`);
      expect(items).toEqual([]);
    }
  });
});

describe('lists', () => {
  it('of projects', async () => {
    expect(await read('/api/projects')).toEqual({
      items: [
        { project: OURS, collections: 1, files: FILES },
        { project: THEIRS, collections: 1, files: FILES },
      ],
      complete: true,
    });
  });

  it('of streams tell files, span and who writes', async () => {
    const { items } = await read('/api/streams?project=ours');
    expect(items).toEqual([
      {
        collection: 'orders',
        writtenBy: ['producer'],
        files: FILES,
        bytes: FILES * 1500,
        from: '2026-03-02T10:00:00.000Z',
        to: '2026-03-02T10:15:00.000Z',
      },
    ]);
  });

  it('of files tell what was done with each', async () => {
    const { items } = await read('/api/files?project=ours&collection=orders&limit=1');
    expect(items).toMatchObject([
      { interval: '2026-03-02T10:10:00.000Z', work: [{ workflow: 'copier', counts: { read: 10, quarantined: 1 } }] },
    ]);
  });

  it.each([
    ['episodes', EPISODES],
    ['deliveries', 2 * EPISODES - 1],
    ['files?collection=orders', FILES],
    ['quarantine', FILES],
  ])('of %s come in pages that together hold each once', async (list, count) => {
    const base = `/api/${list}${list.includes('?') ? '&' : '?'}project=ours&limit=2`;
    const whole = (await read(base.replace('limit=2', 'limit=100'))).items;
    const items: unknown[] = [];
    let pages = 0;
    for (let next: string | undefined, more = true; more && pages < 10; pages++) {
      const page = await read(next === undefined ? base : `${base}&after=${encodeURIComponent(next)}`);
      expect(page.items.length).toBeLessThanOrEqual(2);
      items.push(...page.items);
      next = page.next;
      more = next !== undefined;
    }
    expect(items).toEqual(whole);
    expect(items).toHaveLength(count);
  });

  it('of episodes are newest first, each history with its Slack messages', async () => {
    const { items } = await read('/api/episodes?project=ours');
    expect(items.map(({ status }: { status: string }) => status)).toEqual([
      'firing',
      'resolved',
      'resolved',
      'resolved',
    ]);
    const { transitions, deliveries, comments } = await read(`/api/episodes/${episodeOf(OURS, 0)}?project=ours`);
    expect(transitions.map(({ change }: { change: string }) => change)).toEqual(['raised', 'resolved']);
    expect(transitions[0].slack.blocks[0].text.text).toBe('🔴 Critical: Rule of ours');
    expect(deliveries).toHaveLength(2);
    expect(items.at(-1)).toMatchObject({ acknowledgedBy: 'kim of ours', assignee: 'lee of ours' });
    expect(comments).toMatchObject([{ by: 'lee of ours', text: HOSTILE }]);
  });

  it('of an episode told in a group hold that message as Slack shows it', async () => {
    await seedGroup('together');
    const { transitions, groups, deliveries } = await read(
      `/api/episodes/${episodeOf('together', 0)}?project=together`,
    );
    expect(transitions).toHaveLength(1);
    expect(deliveries).toMatchObject([{ state: 'grouped' }]);
    expect(groups).toMatchObject([{ group: expect.stringMatching(/^grp_/), number: 1, firing: 12 }]);
    const [header, , members, others] = groups[0].slack.blocks;
    expect(header.text.text).toBe('🔴 12 firing: rule: rule-of-together');
    expect(members.text.text.split('\n')).toHaveLength(10);
    expect(others.elements[0].text).toBe('and 2 more');
  });

  it('of quarantine show the bytes', async () => {
    const { items } = await read('/api/quarantine?project=ours');
    expect(items[0].shown).toEqual([
      { line: 7, reason: 'invalid_json', message: 'no JSON in ours', text: `${HOSTILE} secret of ours` },
    ]);
  });
});

describe('a request that cannot be meant', () => {
  const mark = (...parts: string[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
  it.each([
    ['/api/streams', 'project', 'is missing'],
    ['/api/episodes?project=', 'project', 'is empty'],
    [`/api/rules?project=${'a'.repeat(257)}`, 'project', 'is longer'],
    ['/api/rules?project=ours&project=theirs', 'project', 'is given twice'],
    ['/api/files?project=ours', 'collection', 'is missing'],
    ['/api/episodes?project=ours&limit=0', 'limit', 'is out of range'],
    ['/api/episodes?project=ours&limit=101', 'limit', 'is out of range'],
    ['/api/episodes?project=ours&limit=ten', 'limit', 'is no whole number'],
    ['/api/episodes?project=ours&colour=red', 'colour', 'is no parameter'],
    ['/api/projects?project=ours', 'project', 'is no parameter'],
    ['/api/episodes?project=ours&after=nonsense', 'after', 'is of no page'],
    [`/api/episodes?project=ours&after=${mark('episodes', 'theirs', '{}')}`, 'after', 'is of no page'],
    [`/api/episodes?project=ours&after=${mark('episodes', 'ours', 'nonsense')}`, 'after', 'is of no page'],
    [`/api/deliveries?project=ours&after=${mark('episodes', 'ours', '{}')}`, 'after', 'is of no page'],
  ])('%s is refused, naming %s', async (path, parameter, problem) => {
    const { status, text } = await ask(path);
    expect(status).toBe(400);
    const { error } = JSON.parse(text);
    expect(error).toMatchObject({ code: 'bad_parameter', parameter });
    expect(error.message).toContain(`${parameter} ${problem}`);
  });

  it("is refused where a page of another tenant's is made to look like one's own", async () => {
    const { next } = await read('/api/episodes?project=theirs&limit=1');
    const [, , cursor] = JSON.parse(Buffer.from(next, 'base64url').toString());
    const { status, text } = await ask(`/api/episodes?project=ours&after=${mark('episodes', 'ours', cursor)}`);
    expect(text).not.toContain('theirs');
    expect([200, 400]).toContain(status);
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH'])('%s changes nothing', async (method) => {
    expect(await ask('/api/rules?project=ours', { method })).toMatchObject({ status: 405 });
  });

  it.each(['/api/secrets', '/../package.json', '/site.ts', '/console.js/', '/%2e%2e/server.ts'])(
    '%s is not there',
    async (path) => expect(await ask(path)).toMatchObject({ status: 404 }),
  );
});

describe('the page', () => {
  it.each(['/', '/console.js', '/console.css', '/icon.svg'])('%s runs nothing but itself', async (path) => {
    const { status, headers } = await ask(path);
    expect(status).toBe(200);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toContain('unsafe');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('is where the link of a message leads', async () => {
    const { status, headers } = await ask('/projects/a%26b/alerts/eps_1');
    expect([status, headers.get('location')]).toEqual([302, '/?project=a%26b#/episodes/eps_1']);
  });
});

describe('on this machine', () => {
  let served: RunningConsole;
  beforeAll(async () => {
    served = await serveConsole(0);
  });
  afterAll(async () => {
    await served.stop();
  });

  const statusFor = (host: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      request(new URL('/api/projects', served.url), { headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });

  it.each([
    ['127.0.0.1', 200],
    ['127.0.0.1:8485', 200],
    ['localhost:8485', 200],
    ['millrace.example', 403],
    ['127.0.0.1.example:8485', 403],
    ['localhost.example', 403],
    ['192.168.0.1', 403],
  ])('a request for %s gets %d', async (host, status) => expect(await statusFor(host)).toBe(status));

  it('a port in use is said', async () => {
    const port = Number(new URL(served.url).port);
    await expect(serveConsole(port)).rejects.toThrow(`port ${port}, for the console, is in use`);
  });
});
