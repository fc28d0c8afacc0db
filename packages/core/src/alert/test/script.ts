/**
 * For tests of what a channel hears over time: plays a script of what happens to alerts, in simulated time with a tick
 * every minute, and says what was heard and when.
 */
import { expect, it } from 'vitest';
import type { NotifySettings } from '../../event/index.ts';
import { MINUTE } from '../../runtime/index.ts';
import {
  type AlertEvent,
  acknowledge,
  createSilence,
  endSilence,
  type Inhibitions,
  listSilences,
  parseMatcher,
  type RouterOptions,
  type Routes,
} from '../index.ts';
import { raised, resolved, revised } from './announcements.ts';
import { SimulatedQueue } from './simulated-queue.ts';
import type { SlackStandIn } from './slack-stand-in.ts';
import { clearTable, routeEvent } from './stack.ts';

const start = Date.parse('2026-03-02T10:00:00.000Z');
let count = 0;

/** What a script is played to. */
export interface Stage {
  readonly slack: SlackStandIn;
  readonly routes: Routes;
  readonly inhibitions?: Inhibitions;
}

/** What its rule says of how an alert is told, from a step on. */
interface Setting {
  readonly project: string;
  readonly route: string;
  readonly now: number;
  notify: NotifySettings | undefined;
}

const severities = { C: 'critical', W: 'warning', I: 'info' } as const;

/**
 * An alert's name begins with its severity, then its client: `C1`, `W1`, `W1b`; `I-a` is information of zone `a`; `C1@r`
 * is of a rule `r` without settings of its own. Behind `+` comes a sibling: `W1+C1`.
 */
function alertOf(text: string, { route, notify }: Setting) {
  const [own = '', sibling] = text.split('+');
  const [name = '', rule] = own.split('@');
  const [, client = '', zone = ''] = /^.(\d?)[a-z]*(?:-(\w+))?$/.exec(name) ?? [];
  const partition = { ...(client === '' ? {} : { client }), ...(zone === '' ? {} : { zone }) };
  const startedAt = '2026-03-02T10:05:00.000Z';
  return {
    episode: `eps_${name}`,
    routes: [route],
    severity: severityOf(name),
    partition,
    summary: `${name}.`,
    ...(rule === undefined ? {} : { rule: { id: rule, version: 1, name: rule } }),
    ...(rule === undefined && notify !== undefined ? { notify } : {}),
    ...(sibling === undefined
      ? {}
      : { siblings: [{ episode: `eps_${sibling}`, severity: severityOf(sibling), startedAt }] }),
  };
}

function severityOf(name: string) {
  return severities[name.charAt(0) as keyof typeof severities]; // a script's names begin so
}

type Step = (name: string, setting: Setting) => unknown;

const steps: Record<string, Step> = {
  raise: (name, setting) => raised(alertOf(name, setting), setting.project),
  resolve: (name, setting) => resolved(alertOf(name, setting), setting.project),
  quietly: (name, setting) => resolved({ ...alertOf(name, setting), sendResolved: false }, setting.project),
  withdraw: (name, setting) => revised('withdrawn', { ...alertOf(name, setting), sequence: 1 }, setting.project),
  ack: (name, { project, now }) => acknowledge({ project, episode: `eps_${name}` }, { by: 'kim', at: now }),
  /** The rule loses its settings. */
  edit: (_, setting) => {
    setting.notify = undefined;
  },
  /** `severity=critical:20` silences for 20 minutes; `…:20+10` begins in 10. */
  silence: (text, { project, now }) => {
    const [, matcher = '', length, later = 0] = /^(.+):(\d+)(?:\+(\d+))?$/.exec(text) ?? [];
    const from = now + Number(later) * MINUTE;
    const matchers = [parseMatcher(matcher)];
    return createSilence({ project, matchers, from, to: from + Number(length) * MINUTE, by: 'kim', comment: '' });
  },
  unsilence: async (_, { project, now }) => {
    for (const { id } of await listSilences(project)) await endSilence(project, id, now);
  },
};

export interface Script {
  readonly route: string;
  /** `0 raise C1, 5 resolve C1`, in minutes. */
  readonly script: string;
  /** The last minute. */
  readonly end: number;
  readonly notify?: NotifySettings;
}

/** Plays a script; says what was heard: `0 🔴 C1`. */
export async function play(
  { slack, routes, inhibitions = [] }: Stage,
  { route, script, end, notify }: Script,
): Promise<string[]> {
  slack.forget();
  await clearTable();
  const queue = new SimulatedQueue(routes, start, inhibitions);
  const heard: string[] = [];
  const options: Partial<RouterOptions> = { routes, inhibitions, queue, now: queue.clock };
  const project = `shop-${++count}`;
  const lines = script.split(', ').map((line) => line.split(' '));
  let said = notify;
  for (let at = 0; at <= end; at++) {
    queue.now = Math.max(queue.now, start + at * MINUTE);
    for (const [when, verb = '', name = ''] of lines) {
      if (Number(when) !== at) continue;
      const setting: Setting = { project, route, now: queue.now, notify: said };
      const done = await steps[verb]?.(name, setting);
      said = setting.notify;
      if (isEvent(done)) await routeEvent(done, options);
    }
    await queue.runUntil(queue.now + 1);
    const texts = slack.messages.splice(0).map(shortened).toSorted(); // groups have their turn at once
    heard.push(...texts.map((text) => `${at} ${text}`));
  }
  expect(queue.failures).toEqual([]);
  return heard;
}

function isEvent(done: unknown): done is AlertEvent {
  return done !== null && typeof done === 'object' && 'metadata' in done;
}

/** `🔴 C1`, `🔴 still C1`, `✅ C1`; of a group `🔴 2 firing, 1 resolved`. */
function shortened(text: string): string {
  const [mark = ''] = text.split(' ');
  const counts = /(?:\d+ (?:still firing|firing|resolved)(?:, )?)+/.exec(text)?.[0];
  if (counts !== undefined) return `${mark} ${text.includes('Digest') ? 'digest: ' : ''}${counts}`;
  return `${mark} ${text.includes('still firing') ? 'still ' : ''}${/(\S+)\.$/.exec(text)?.[1]}`;
}

export type Row = readonly [name: string, route: string, script: string, end: number, heard: readonly string[]];

/** A table of scripts, each a test: what is heard of it. */
export function plays(stage: Stage, rows: readonly Row[]): void {
  it.each(rows)('%s', async (_, route, script, end, heard) => {
    expect(await play(stage, { route, script, end })).toEqual(heard);
  });
}
