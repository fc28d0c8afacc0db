/**
 * The page in a real browser: Debian's Chromium, where it is installed (`apt-get install chromium`).
 */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EPISODES, episodeOf, HOSTILE, seed, seedGroup } from '../test/tenants.ts';
import { type RunningConsole, serveConsole } from './index.ts';

const CHROMIUM = '/usr/bin/chromium';
/** Without a sandbox, because in a container there is none; the page is our own. The rest keeps it off the network. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const missing = !existsSync(CHROMIUM);
if (missing)
  console.warn(`SKIPPED: the console's page is not tested in a browser, because ${CHROMIUM} is not installed`);

describe.skipIf(missing)(`the page in a browser${missing ? ` (skipped: no ${CHROMIUM})` : ''}`, () => {
  let served: RunningConsole;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  const elsewhere: string[] = [];

  beforeAll(async () => {
    await seed('ours');
    await seed('theirs');
    served = await serveConsole(0);
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
    page.on('console', (message) => {
      const looked = /\/api\/episodes\/\w+\?project=ours$/.test(message.location().url); // for another's episode: a 404
      if (message.type() === 'error' && !looked) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => request.url().startsWith(served.url) || elsewhere.push(request.url()));
  });
  afterAll(async () => {
    await browser?.close();
    await served?.stop();
  });

  /** What a test may look at, where a picture is wanted. */
  async function visit(address: string, name: string): Promise<string> {
    await page.goto('about:blank'); // a change of the fragment alone would load nothing
    await page.goto(new URL(address, served.url).href);
    await page.waitForSelector('main > :not(.loading)');
    const folder = process.env.MILLRACE_SCREENSHOTS;
    if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
    return (await page.locator('main').textContent()) ?? '';
  }

  it.each([
    [
      '?project=ours',
      'alerts',
      [
        'Rule of ours',
        'since 2026-03-02 10:00',
        'lasted 20 min',
        'FIRING',
        'assigned to lee of ours',
        'silenced: rule=~',
      ],
    ],
    ['?project=ours#/streams', 'streams', ['orders', '3 files', '4.4 kB', 'copier read 10']],
    ['?project=ours#/deliveries', 'deliveries', [episodeOf('ours', 3), 'ops-sns', 'pending']],
    ['?project=ours#/rules', 'rules', ['"id": "rule-of-ours"']],
    ['?project=ours#/quarantine', 'quarantine', ['copier refused 1 line', 'no JSON in ours', 'secret of ours']],
  ])('shows %s, of this project only', async (address, name, texts) => {
    const shown = await visit(address, name);
    for (const text of texts) expect(shown.toLowerCase()).toContain(text.toLowerCase());
    expect(shown).not.toContain('theirs');
  });

  it('leads to an episode, whoever has it', async () => {
    const shown = await visit(`#/episodes/${episodeOf('theirs', 1)}`, 'deep-link');
    await page.waitForURL('**/?project=theirs#/episodes/*');
    expect(await page.locator('article').textContent()).toContain(episodeOf('theirs', 1));
    expect(shown).not.toContain('Loading');
    expect(await page.locator('.episode').count()).toBe(EPISODES);
  });

  it('shows what is hostile as the text it is, and runs none of it', async () => {
    await visit(`?project=ours#/episodes/${episodeOf('ours', 0)}`, 'hostile');
    await page.waitForSelector('article');
    expect(await page.locator('article').textContent()).toContain(HOSTILE);
    expect(await page.locator('.comments').textContent()).toContain(HOSTILE);
    expect(await page.locator('.silences').textContent()).toContain(HOSTILE);
    await visit('?project=ours#/quarantine', 'hostile-line');
    expect(await page.locator('pre.bytes').first().textContent()).toContain(HOSTILE);
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(await page.locator('html.hacked').count()).toBe(0);
  });

  it('shows the message of a group that told of an episode', async () => {
    await seedGroup('together');
    await visit(`?project=together#/episodes/${episodeOf('together', 0)}`, 'group');
    await page.waitForSelector('article');
    const messages = page.getByRole('figure', { name: 'Slack message' });
    expect(await messages.last().textContent()).toContain('12 firing: rule: rule-of-together');
    expect(await messages.last().textContent()).toContain('and 2 more');
  });

  it('changes the project by the picker, and the view by its links', async () => {
    await visit('?project=ours#/rules', 'rules');
    await page.selectOption('#project', 'theirs');
    await page.waitForSelector('text=rule-of-theirs');
    await page.click('nav >> text=Streams');
    await page.waitForSelector('text=Files of');
    expect(page.url()).toContain('?project=theirs#/streams');
  });

  it('can be read and gone through without a mouse, and by name', async () => {
    await visit(`?project=ours#/episodes/${episodeOf('ours', 0)}`, 'triage');
    await page.waitForSelector('article');
    for (const message of await page.getByRole('figure', { name: 'Slack message' }).all())
      expect(await message.getByRole('heading', { level: 4 }).count()).toBe(1);
    expect(await page.getByRole('img', { name: 'The last windows: 1, 2, 1, 7' }).count()).toBe(1);
    expect(await page.getByRole('region', { name: 'Silences' }).count()).toBe(1);
    const [newest] = await page.getByRole('link', { name: /Rule of ours/ }).all();
    await newest?.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(`#/episodes/${episodeOf('ours', EPISODES - 1)}$`));
    await page.waitForSelector(`article >> text=${episodeOf('ours', EPISODES - 1)}`);
    await page.getByText('Acknowledge, assign, comment').focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector(`text=pnpm millrace alerts ack ${episodeOf('ours', EPISODES - 1)} --project ours`);
  });

  it('asked nobody else for anything, and had nothing to complain of', () => {
    expect(elsewhere).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
