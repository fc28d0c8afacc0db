/**
 * The commands as people run them: twice with one folder, while a stack serves, and wrongly.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launch, run } from './command.ts';
import type { Restart } from './restart.ts';

/** A run of the samples on a machine that is busy with other tests. */
const PATIENCE = 300_000;

/** What the samples come to. */
const TOTALS = {
  files: 96,
  records: 3595,
  quarantined: expect.any(Number),
  copied: 2410,
  enriched: 2410,
  attributed: expect.any(Number),
  episodes: { raised: 8, resolved: 8 },
  slack: 14,
  sns: 10,
  deadLetters: 0,
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-start-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const lastLine = (stdout: string): unknown => JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');

test(
  'start --once prints its totals last; again with the same folder, the same, writing and posting nothing',
  async () => {
    const data = join(folder, 'data');
    const first = await run(['start', '--once', '--data', data]);
    expect(first.stderr).toBe('');
    expect(first.code).toBe(0);
    const totals = lastLine(first.stdout);
    expect(totals).toEqual(TOTALS);
    expect(first.stdout).toContain('All machines of client-01 are stopped');
    expect(first.stdout).toContain('_millrace/quarantine/copier/shop/');

    const script = fileURLToPath(new URL('./restart.ts', import.meta.url));
    const path = join(folder, 'restart.json');
    const second = await run([data, path], { script });
    expect(second.stderr).toBe('');
    const restart = JSON.parse(await readFile(path, 'utf8')) as Restart; // the script's own form
    expect(restart.totals).toEqual(totals);
    expect([restart.posted, restart.notified]).toEqual([0, 0]);
    expect(restart.after).toEqual(restart.before);
    expect(Object.keys(restart.before).length).toBeGreaterThan(250);

    const third = await run(['start', '--once', '--data', data, '--quiet']);
    expect(third.code).toBe(0);
    expect(lastLine(third.stdout)).toEqual(totals);
  },
  PATIENCE,
);

test(
  'start serves: send, tick, status and quarantine work from other processes, and Ctrl-C ends it cleanly',
  async () => {
    const started = launch(['start', '--port', '0']);
    const endpoint = await servingAt(started.output);
    expect(await consoleProjects(started.output())).toEqual(expect.arrayContaining(['client-01', 'client-02', 'shop']));
    const file = join(folder, 'events.json');
    await writeFile(file, '{"keen":{"timestamp":"2026-03-02T12:00:00.000Z"},"visitor":{"id":"v"}}\nbroken\n');
    const to = ['--project', 'shop', '--collection', 'pageviews', '--endpoint', endpoint];

    const sent = await run(['send', file, ...to, '--interval', '2026-03-02T12:01:00Z']);
    expect(sent).toMatchObject({ code: 0, stderr: '' });
    expect(sent.stdout).toContain('shop/2026-03-02T12:00:00.000Z/pageviews/');
    const piped = await run(['send', '-', ...to], { input: '{"a":1}' });
    expect(piped).toMatchObject({ code: 0, stderr: '' });

    await expect
      .poll(async () => (await run(['status', '--json', '--endpoint', endpoint])).stdout, {
        timeout: 60_000,
        interval: 500,
      })
      .toContain('"files":98,"records":3598');
    expect(await run(['tick', '--ahead', '10m', '--endpoint', endpoint])).toMatchObject({ code: 0, stderr: '' });
    const listed = await run(['quarantine', 'list', '--workflow', 'copier', '--endpoint', endpoint]);
    expect(listed.stdout).toContain('line 2: invalid_json');
    expect((await run(['rules', 'list', '--endpoint', endpoint])).stdout).toContain('machines-all-stopped v1');
    expect((await run(['rules', 'apply', '--endpoint', endpoint])).stdout).toContain('nothing to change');

    await handleAlerts(endpoint);
    await fillAndLookUp(endpoint);

    started.child.kill('SIGINT');
    const ended = await started.finished;
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('file received');
    expect(ended.stdout).toMatch(
      /This is a test of a route[\s\S]*Open in the console: http:\/\/127\.0\.0\.1:\d+\/projects\//,
    );
  },
  PATIENCE,
);

test(
  'start ends within seconds when it is interrupted at work',
  async () => {
    const started = launch(['start', '--once', '--port', '0']);
    await expect.poll(started.output, { timeout: PATIENCE, interval: 50 }).toContain('put into s3://');
    started.child.kill('SIGINT');
    const cut = setTimeout(() => started.child.kill('SIGKILL'), 20_000);
    const { code } = await started.finished;
    clearTimeout(cut);
    expect(code).toBe(130);
  },
  PATIENCE,
);

test(
  'start killed at work loses nothing: the next one with the same folder ends as if nothing had been',
  async () => {
    const data = join(folder, 'killed');
    const killed = launch(['start', '--once', '--data', data]);
    await expect.poll(killed.output, { timeout: PATIENCE, interval: 50 }).toContain('loaded');
    await sleep(1500); // some files are put, some of those are worked
    killed.child.kill('SIGKILL');
    await killed.finished;
    const next = await run(['start', '--once', '--data', data]);
    expect(next.code).toBe(0);
    expect(lastLine(next.stdout)).toMatchObject(TOTALS);
  },
  PATIENCE,
);

/** What people do with an alert, from the list to a silence; and that none of it is lost when its files come again. */
async function handleAlerts(endpoint: string): Promise<void> {
  const alerts = async (...args: string[]) => {
    const { stdout, stderr } = await run(['alerts', ...args, '--endpoint', endpoint]);
    return `${stdout}${stderr}`;
  };
  const of = ['--project', 'shop'];
  const listed = await alerts('list', ...of, '--limit', '1');
  expect(listed).toContain('1 alert episode');
  const episode = /eps_\w+/.exec(listed)?.[0] ?? '';
  expect(await alerts('ack', episode, ...of, '--by', 'kim')).toBe('acknowledged by kim\n');
  expect(await alerts('assign', episode, ...of, '--to', 'lee')).toBe('assigned to lee\n');
  expect(await alerts('comment', episode, ...of, '--by', 'lee', '--text', 'the bank is down')).toBe('1 comment\n');
  const days = ['--from', '2026-03-02', '--to', '2026-03-03'];
  const replayed = await run(['replay', ...of, ...days, '--workflow', 'evaluator', '--endpoint', endpoint]);
  expect(replayed).toMatchObject({ code: 0 });
  const match = 'severity=critical,rule!~"a,b"';
  const silenced = await alerts('silence', ...of, '--match', match, '--for', '2h', '--text', 'works');
  const silence = /^sil_\w+/.exec(silenced)?.[0] ?? '';
  expect(await alerts('silences', ...of)).toMatch(/in force.*rule!~"a,b", severity=critical.*: works/);
  expect(await alerts('unsilence', ...of, '--silence', silence)).toBe(`${silence}: ended\n`);
  expect(await alerts('test-route', '--route', 'ops-slack')).toContain('ops-slack took this');
  const health: unknown = await (await fetch(new URL('/health', endpoint))).json();
  const secrets = { SlackWebhookUrl: expect.stringMatching(/^http:/), WebhookSigningKey: expect.stringMatching(/./) };
  expect(health).toMatchObject({ secrets }); // what any kind of route is tried with
  const shown = await alerts('show', episode, ...of);
  for (const text of [
    'Value ',
    'Threshold ',
    'acknowledged',
    'kim',
    'assigned to',
    'the bank is down',
    'ops-slack',
    'sent',
  ])
    expect(shown).toContain(text);
}

/** A reference table filled from a file, and what an enrichment finds in it. */
async function fillAndLookUp(endpoint: string): Promise<void> {
  const table = join(folder, 'products.csv');
  const rows = Array.from({ length: 1200 }, (_, n) => `new-${n},"Novelty ${n}"\n`);
  await writeFile(table, `id,name\n${rows.join('')}`);
  const load = ['reference', 'load', 'products', table, '--project', 'shop', '--endpoint', endpoint];
  const loaded = await run(load);
  expect(loaded).toMatchObject({ code: 0, stdout: '' });
  expect(loaded.stderr).toContain('[########################] 100 %, 1,200 references in table products of shop');

  const page = {
    page: { url: 'https://shop.example/p/new-7?gclid=1' },
    product_id: ' new-7',
    user_agent: 'curl/8.5.0',
  };
  const file = join(folder, 'pages.json');
  await writeFile(file, `${JSON.stringify(page)}\n{"product_id":"gone\\u001b[31m"}\nbroken\n`);
  const of = ['--project', 'shop', '--collection', 'pageviews', '--endpoint', endpoint];
  const enriched = await run(['enrich', file, ...of]);
  expect(enriched).toMatchObject({ code: 0, stderr: '' });
  for (const text of [
    'line 1, shop\n',
    '  ~ product_id " new-7" → "new-7"\n',
    '  + page.parts.host "shop.example"\n',
    '  + campaign.network "Google"\n',
    '  + agent.bot true\n',
    '  + product.name "Novelty 7"\n',
    '  + enrichment_errors.0.reason "not_found"\n',
    '3 lines, 1 line not readable\n',
  ]) {
    expect(enriched.stdout).toContain(text);
  }
  expect(enriched.stdout).not.toContain('\u001b');
  const json = await run(['enrich', file, ...of, '--json', '--limit', '1']);
  expect(JSON.parse(json.stdout)).toMatchObject({ line: 1, before: page, after: { product: { name: 'Novelty 7' } } });
  const none = await run(['enrich', file, '--project', 'shop', '--collection', 'refunds', '--endpoint', endpoint]);
  expect(none).toMatchObject({ code: 2 });
}

/** The projects the console tells of, at the address the invitation names. */
async function consoleProjects(output: string): Promise<string[]> {
  const url = /^Console: (?<url>\S+)$/m.exec(output)?.groups?.url ?? '';
  const answer = (await (await fetch(new URL('api/projects', url))).json()) as { items: { project: string }[] }; // its API
  return answer.items.map(({ project }) => project);
}

async function servingAt(output: () => string): Promise<string> {
  await expect.poll(output, { timeout: PATIENCE, interval: 250 }).toContain('Serving at');
  return /Serving at (?<url>\S+)/.exec(output())?.groups?.url ?? '';
}

describe('a clear message where it cannot work', () => {
  test('a port in use', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    try {
      const { code, stderr } = await run(['start', '--port', String(port)]);
      expect(code).toBe(1);
      const named = /^millrace: port (\d+), for .*, is in use: stop the program/.exec(stderr)?.[1];
      // it, or one of the four behind it that something else on this machine has
      expect(Number(named) - port).toBeOneOf([0, 1, 2, 3, 4]);
    } finally {
      server.close();
    }
  });

  test('no stack to send to', async () => {
    const { code, stderr } = await run([
      'send',
      '-',
      '--project',
      'p',
      '--collection',
      'c',
      '--endpoint',
      'http://127.0.0.1:9',
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain('Start one with "pnpm start" in another terminal');
  });

  test.each([
    [['send', 'absent.json', '--project', 'p', '--collection', 'c'], 1, 'absent.json is not there'],
    [['send', '-', '--collection', 'c'], 2, '--project is missing'],
    [['send', '-', '--project', 'p', '--collection', 'c', '--interval', 'noon'], 2, '--interval "noon" is no time'],
    [['send', '-', '--project', 'a/b', '--collection', 'c', '--bucket', 'any'], 2, 'project "a/b"'],
    [['tick', '--ahead', 'soon'], 2, '--ahead "soon" is no duration'],
    [['tick', '--endpoint', 'nowhere'], 2, '--endpoint "nowhere" is no URL'],
    [['start', '--port', '99999'], 2, '--port "99999" is no port'],
    [['start', '--onec'], 2, 'did you mean --once?'],
    [['strat'], 2, 'did you mean start?'],
    [['rules', 'drop'], 2, 'there is no "rules drop"'],
    [['attribution', 'report', '--from', 'noon', '--to', '2026-03-03'], 2, '--from "noon" is no time'],
    [['alerts', 'forget'], 2, 'there is no "alerts forget"'],
    [['alerts', 'show', 'eps_1'], 2, '--project is missing'],
    [['alerts', 'ack', '--project', 'p'], 2, '--episode is missing'],
    [['alerts', 'list', '--project', 'p', '--limit', 'all'], 2, '--limit "all" is no number'],
    [['alerts', 'silence', '--project', 'p', '--match', 'a=b', '--for', 'ever'], 2, '--for "ever" is no duration'],
    [['alerts', 'silence', '--project', 'p', '--match', 'a=b', '--for', '1h', '--from', 'noon'], 2, 'is no time'],
  ])('%j', async (args, code, message) => {
    const ran = await run(args);
    expect(ran.stderr).toContain(message);
    expect(ran.stderr).not.toContain('    at ');
    expect(ran.code).toBe(code);
  });

  test.each([['attribution'], ['start'], ['send'], ['tick'], ['status'], ['rules'], ['quarantine'], ['alerts']])(
    'help for %s',
    async (name) => {
      expect((await run([name, '--help'])).stdout).toContain(`Usage: pnpm millrace ${name}`);
    },
  );
});
