/**
 * `millrace alerts`: the alert episodes of a stage, and what people do with them.
 */
import { userInfo } from 'node:os';
import { milliseconds, systemClock } from '@millrace/core/runtime';
import { type Arguments, type Command, UsageError } from '../arguments.ts';
import { ask, connect, endpointOption } from '../connection.ts';

const actions = [
  'list',
  'show',
  'ack',
  'assign',
  'comment',
  'silence',
  'silences',
  'unsilence',
  'retry',
  'test-route',
] as const;
type Action = (typeof actions)[number];

/** A screen or two. */
const LATEST = 50;

export const alerts: Command = {
  name: 'alerts',
  summary: 'Lists alert episodes; acknowledges, assigns, comments, silences; tries a route',
  positionals: [actions.join('|')],
  optional: ['EPISODE'],
  options: {
    project: { value: 'P', says: 'of this project; every action but test-route needs it' },
    episode: { value: 'ID', says: 'show, ack, assign, comment, retry: which episode; or name it behind the action' },
    firing: { says: 'list: only those that fire' },
    limit: { value: 'N', says: `list: how many, the latest (default ${LATEST})` },
    by: { value: 'NAME', says: 'who does it (default: the name you are logged in with)' },
    to: { value: 'NAME', says: 'assign: to whom' },
    text: { value: 'TEXT', says: 'comment, silence: what there is to say' },
    match: { value: 'M', says: `silence: which alerts, as in 'rule=sales,severity!=critical,client=~"c-1,.*"'` },
    for: { value: 'DURATION', says: 'silence: how long: 30m, 2h, 7d' },
    from: { value: 'TIME', says: 'silence: when it begins, as 2026-03-02T22:00:00Z (default now)' },
    silence: { value: 'ID', says: 'unsilence: which silence' },
    route: { value: 'NAME', says: 'retry, test-route: which route' },
    ...endpointOption,
  },
  help: `list       prints the episodes of a project by their start: what, where, since when, and who has it.
show       prints one episode: what it is, what people did with it, and what became of every notification.
ack        acknowledges it: nobody is reminded of it any more. The first to acknowledge stays.
assign     gives it to somebody. comment adds a comment. Both, and ack, survive every retry and replay.
silence    tells nobody of alerts that match, for a while; one that still fires after is told then.
silences   prints the silences there are and were lately. unsilence ends one now.
retry      sends again what failed on a route for good, in order; what was told there is not told twice. Messages of a
           group fail under its own name (grp_…), which is an EPISODE here.
test-route sends a message marked as a test straight to a route, from this machine.

For a deployed stage: npx sst shell --stage production pnpm millrace alerts list --project shop`,
  run: async (given) => {
    const action = actions.find((one) => one === given.positionals[0]);
    if (action === undefined) {
      throw new UsageError(`there is no "alerts ${given.positionals[0]}"; there are: ${actions.join(', ')}`);
    }
    const run = await prepare(action, given);
    const connection = await connect(given.get('endpoint'));
    if (connection.kind === 'local') await linkSecrets(connection.endpoint);
    process.stdout.write(await run(await import('../stage/alerts.ts')));
    return 0;
  },
};

/** The running stack's secrets, as the sender has them: so that a route can be tried from here. */
async function linkSecrets(endpoint: string): Promise<void> {
  const health = await ask(endpoint, 'health');
  if (typeof health !== 'object' || health === null || !('secrets' in health)) return;
  for (const [name, value] of Object.entries(health.secrets ?? {})) {
    process.env[`SST_RESOURCE_${name}`] ??= JSON.stringify({ value });
  }
}

type Stage = typeof import('../stage/alerts.ts');

/** Reads an action's arguments before anybody is asked. @returns what it does, and says. @throws UsageError */
async function prepare(action: Action, given: Arguments): Promise<(stage: Stage) => Promise<string>> {
  const now = systemClock();
  if (action === 'test-route') {
    const route = given.require('route');
    return (stage) => stage.testRoute(route, now);
  }
  const project = given.require('project');
  const by = given.get('by') ?? userInfo().username;
  switch (action) {
    case 'list': {
      const options = { firingOnly: given.has('firing'), latest: count(given.get('limit')) };
      return (stage) => stage.list(project, options);
    }
    case 'silences':
      return (stage) => stage.silences(project, now);
    case 'unsilence': {
      const id = given.require('silence');
      return (stage) => stage.unsilence(project, id, now);
    }
    case 'silence': {
      const matchers = given.require('match');
      const from = time(given.get('from'), now);
      const to = from + duration(given.require('for'));
      const silence = { project, matchers, from, to, by, comment: given.get('text') ?? '' };
      return (stage) => stage.silence(silence);
    }
    default:
      return onEpisode(action, { project, episode: episodeOf(given) }, given, { by, at: now });
  }
}

function onEpisode(
  action: 'show' | 'ack' | 'assign' | 'comment' | 'retry',
  key: { readonly project: string; readonly episode: string },
  given: Arguments,
  who: { readonly by: string; readonly at: number },
): (stage: Stage) => Promise<string> {
  switch (action) {
    case 'show':
      return (stage) => stage.show(key);
    case 'ack':
      return (stage) => stage.ack(key, who);
    case 'assign': {
      const to = given.require('to');
      return (stage) => stage.assignTo(key, to);
    }
    case 'comment': {
      const text = given.require('text');
      return (stage) => stage.commentOn(key, { ...who, text });
    }
    case 'retry': {
      const route = given.require('route');
      return (stage) => stage.retry(key, route, who.at);
    }
  }
}

function episodeOf(given: Arguments): string {
  return given.positionals[1] ?? given.require('episode');
}

function count(text = String(LATEST)): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new UsageError(`--limit "${text}" is no number from 1 to 999999`);
  return Number(text);
}

/** ms */
function time(text: string | undefined, now: number): number {
  const at = text === undefined ? now : Date.parse(text);
  if (Number.isNaN(at)) throw new UsageError(`--from "${text}" is no time; write it as 2026-03-02T22:00:00Z`);
  return at;
}

function duration(text: string): number {
  try {
    return milliseconds(text);
  } catch {
    throw new UsageError(`--for "${text}" is no duration; write a whole number and s, m, h or d, as in 2h`);
  }
}
