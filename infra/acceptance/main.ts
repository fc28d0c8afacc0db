/**
 * pnpm acceptance: the real sst CLI deploys the real sst.config.ts into an AWS emulator, the samples go into the deployed
 * bucket, and what comes out is held against the embedded stack. README.md says what that proves.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@millrace/core/runtime';
import { startSlack } from '@millrace/local/slack';
import { showProgress } from '../../packages/cli/src/progress.ts';
import type { Summary, Totals } from '../../packages/cli/src/stage/summary.ts';
import { synthesize } from '../test/synth.ts';
import { copyCheckout } from './checkout.ts';
import { startEmulator } from './emulator.ts';
import { expectOutcome, expectReplay, expectResources, filesOf } from './expectation.ts';
import { type Deployed, inspect } from './inspection/index.ts';
import { expectLogs } from './logged.ts';
import { run } from './program.ts';
import { preparePython } from './python.ts';
import { installSst, type Sst } from './sst.ts';
import type { Outcome } from './stage/main.ts';

/** Permanent, so that it has what only such a stage has: alarms, dashboard, operators' topic, reserved concurrency. */
const STAGE = 'staging-acceptance';
/** As its `.env.<stage>` would say. */
const SETTINGS = { MILLRACE_OPERATORS_EMAIL: 'operators@example.com' };
const NODE = [process.execPath, '--disable-warning=ExperimentalWarning'] as const;
/** Seconds the embedded stack has for the samples; it needs about twenty. */
const EMBEDDED_LIMIT = 300;

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
/** Kept: the emulator's packages, and the logs of the last run. */
const kept = path.join(root, '.millrace/acceptance');
const logs = path.join(kept, 'logs');
const progress = showProgress(process.stdout, systemClock);

/** Does a step and says how long it took. */
async function step<T>(work: Promise<T>, said: (result: T) => string): Promise<T> {
  const started = performance.now();
  const result = await work;
  progress.done(`${said(result)} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  return result;
}

async function accept(folder: string): Promise<void> {
  const checkout = path.join(folder, 'checkout');
  const requirements = path.join(root, 'infra/acceptance/emulator.txt');
  const python = await step(
    preparePython(path.join(kept, 'python'), requirements, path.join(logs, 'pip.log')),
    () => `Python with ${readFileSync(requirements, 'utf8').match(/^ministack.*$/m)}`,
  );
  await copyCheckout(root, checkout);
  const emulator = await step(
    startEmulator(python, folder, path.join(logs, 'emulator.log')),
    ({ endpoint }) => `the emulator runs at ${endpoint}`,
  );
  const slack = await startSlack();
  try {
    const sst = installSst({ checkout, folder, logs, endpoint: emulator.endpoint, stage: STAGE, settings: SETTINGS });
    await deploy(sst, slack.webhookUrl, emulator.endpoint);
    const { before: summary, replayed, after } = await stream(sst, path.join(folder, 'outcome.json'));
    const embedded = await step(embeddedTotals(folder), () => 'the samples through the embedded stack');
    progress.done(account(summary));
    progress.done(`Slack got:\n${slack.messages.map(({ payload }) => `  ${payload.text}\n`).join('')}`);
    expectOutcome(summary, { embedded, slack: slack.messages });
    expectReplay({ before: summary, replayed, after });
    const lines = expectLogs(readFileSync(path.join(logs, 'emulator.log'), 'utf8'));
    progress.done(`${lines} lines logged, none with anything of a record`);
    progress.done(`${replayed} events played back from the archive of the bus, and nothing changed`);
  } finally {
    emulator.stop();
    await slack.stop();
  }
}

async function deploy(sst: Sst, webhookUrl: string, endpoint: string): Promise<void> {
  await step(sst('secret', 'secret', 'set', 'SlackWebhookUrl', webhookUrl), () => 'sst secret set SlackWebhookUrl');
  await step(sst('deploy', 'deploy'), () => 'sst deploy');
  const { latest } = JSON.parse(await sst('state', 'state', 'export'));
  const resources: Deployed[] = latest.resources;
  progress.done(`in the state of the stage:\n${countedByType(resources)}`);
  expectResources(resources, await synthesize(STAGE, SETTINGS));
  await step(inspect(resources, endpoint), (count) => `${count} resources read back, each as it was asked for`);
}

function countedByType(resources: readonly Deployed[]): string {
  const counts = new Map<string, number>();
  for (const { type } of resources) counts.set(type, (counts.get(type) ?? 0) + 1);
  const lines = [...counts].toSorted().map(([type, count]) => `${String(count).padStart(5)}  ${type}\n`);
  return lines.join('');
}

/** The samples in, and what the stage made of them. */
async function stream(sst: Sst, file: string): Promise<Outcome> {
  const inside = (name: string, ...args: string[]) => sst(name, 'shell', '--', ...NODE, ...args);
  await step(inside('rules', 'packages/cli/src/main.ts', 'rules', 'apply'), () => 'sst shell … millrace rules apply');
  await step(
    inside('stage', 'infra/acceptance/stage/main.ts', file),
    () => 'the samples through the deployed stage, and a replay',
  );
  return JSON.parse(readFileSync(file, 'utf8'));
}

async function embeddedTotals(folder: string): Promise<Totals> {
  const [command, ...args] = [...NODE, 'packages/cli/src/main.ts', 'start', '--once', '--quiet'];
  const env = { PATH: process.env.PATH, HOME: folder, TMPDIR: folder };
  const said = await run({ command, args, cwd: root, env, log: path.join(logs, 'embedded.log') }, EMBEDDED_LIMIT);
  return JSON.parse(said.trimEnd().split('\n').at(-1) ?? '');
}

function account(summary: Summary): string {
  const { totals } = summary;
  const lines = [
    `${totals.files} files of ${totals.records} records in, ${totals.quarantined} lines of them quarantined`,
    `${filesOf(summary, 'copier')} files with ${totals.copied} copied records`,
    `${filesOf(summary, 'enricher')} files with ${totals.enriched} enriched records`,
    `${filesOf(summary, 'attributor')} files with ${totals.attributed} credits`,
    `${totals.episodes.raised} alerts raised, ${totals.episodes.resolved} resolved`,
    `${totals.slack} notifications to Slack, ${totals.sns} to SNS`,
    `${totals.deadLetters} messages in dead-letter queues`,
  ];
  return `out of it came:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

/** What the functions logged as errors, the last of them; the emulator's log holds theirs. */
function errorsOfFunctions(): string {
  const file = path.join(logs, 'emulator.log');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const errors = lines.filter((line) => line.startsWith('{"level":"error"')).slice(-5);
  return errors.length === 0 ? '' : `The last errors of functions:\n${errors.join('\n')}\n`;
}

const folder = mkdtempSync(path.join(tmpdir(), 'millrace-acceptance-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
rmSync(logs, { recursive: true, force: true });
mkdirSync(logs, { recursive: true });
try {
  await accept(folder);
  progress.done(`accepted after ${Math.round(performance.now() / 1000)} s`);
} catch (caught) {
  const message = caught instanceof Error ? caught.message : String(caught);
  process.stderr.write(`\n${message}\n${errorsOfFunctions()}\nThe logs are in ${logs}\n`);
  process.exitCode = 1;
}
