/**
 * `millrace start`: the whole system on this machine, the samples through it, and what came of them.
 */
import { once as event } from 'node:events';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningConsole } from '@millrace/console';
import { SECOND, systemClock } from '@millrace/core/runtime';
import { environment } from '@millrace/functions/workflows';
import { CONTROL_PORT, type Ports, type Stack, startStack } from '@millrace/local';
import { type Command, UsageError } from '../arguments.ts';
import { Follower } from '../follower.ts';
import { untilInterrupted } from '../interrupt.ts';
import { showProgress, silent } from '../progress.ts';
import { slackText } from '../slack-text.ts';

/** ms; what is under way when Ctrl-C comes gets this long to end by itself. */
const GRACE = 3 * SECOND;

export const start: Command = {
  name: 'start',
  summary: 'Runs everything on this machine with no AWS, streams the samples through it and serves',
  options: {
    once: { says: 'end after the samples, with the totals as a last line of JSON' },
    data: { value: 'DIR', says: 'keep the state in this folder (default: in memory)' },
    port: {
      value: 'N',
      says: `control port; the services and the console take the five behind it (default ${CONTROL_PORT}; 0, or --once: any free)`,
    },
    quiet: { says: 'show no progress' },
  },
  help: `Starts DynamoDB, S3, SQS, SNS and EventBridge on 127.0.0.1, and every function of packages/functions/src/workflows.ts;
applies the rules of packages/pipeline; puts the sample files that are not there yet; lets time pass until every window is
closed; prints what happened; serves until Ctrl-C, with the web console. Slack messages are shown, not posted.

The totals are computed from the state, so a second start with the same --data prints the same ones:
  files, records     the producers' files, and the lines read of them, refused ones included
  quarantined        lines of producers' files that a workflow refused, each once
  copied, enriched   records written by the copier and by the enricher
  attributed         credits given to touches, over all models
  episodes           alert episodes raised, and how many of them are resolved
  slack, sns         notifications that reached their destination
  deadLetters        messages that no retry could help`,
  run: async (given) => {
    const once = given.has('once');
    const data = given.get('data');
    const progress = given.has('quiet') ? silent : showProgress(process.stdout, systemClock);
    const interrupted = untilInterrupted();
    const follower = new Follower(process.stdout);
    const ports = portsFrom(given.get('port') ?? (once ? '0' : String(CONTROL_PORT)));
    const consolePort = once ? undefined : await consolePortBehind(ports);
    const stack = await startStack({
      ports,
      env: consolePort === undefined ? {} : { [environment.consoleUrl]: `http://127.0.0.1:${consolePort}` },
      onLog: (name, line) => follower.log(name, line),
      onSlack: ({ payload }) => follower.slack(slackText(payload)),
      ...(data === undefined ? {} : { dataDir: resolve(process.env.INIT_CWD ?? '.', data) }),
    });
    Object.assign(process.env, stack.env);
    process.env.MILLRACE_LOG_LEVEL ??= 'error'; // of this process; the functions have theirs
    let console: RunningConsole | undefined;
    try {
      // These read Resource: after the environment is there.
      const [{ runSamples }, { serveConsole }] = await Promise.all([
        import('../stage/run.ts'),
        import('@millrace/console'),
      ]);
      if (consolePort !== undefined) console = await serveConsole(consolePort);
      const stop = new AbortController();
      const work = runSamples(stack, { progress, once, signal: stop.signal });
      if ((await Promise.race([work, interrupted])) === 'interrupted') {
        stop.abort();
        await Promise.race([work.catch(() => undefined), sleep(GRACE)]);
        return once ? 130 : 0; // 128 + SIGINT, as shells have it
      }
      if (console === undefined) return 0;
      process.stdout.write(invitation(stack, console));
      follower.follow();
      await interrupted;
      return 0;
    } finally {
      await console?.stop();
      await stack.stop();
    }
  },
};

const SERVICES = ['control', 'dynamodb', 'storage', 'eventbridge', 'slack'] as const;

function portsFrom(text: string): Ports {
  const first = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  const highest = 65535 - SERVICES.length; // the console is behind them
  if (!(first <= highest)) throw new UsageError(`--port "${text}" is no port; give a number up to ${highest}, or 0`);
  const [control, dynamodb, storage, eventbridge, slack] = SERVICES.map((_, index) =>
    first === 0 ? 0 : first + index,
  );
  return { control, dynamodb, storage, eventbridge, slack } as Ports; // as many as there are services
}

/** Known before the stack runs, because alerts link to it: of any free port, one that is free now. */
async function consolePortBehind({ control }: Ports): Promise<number> {
  if (control !== 0) return control + SERVICES.length;
  const server = createServer().listen(0, '127.0.0.1');
  await event(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function invitation({ control }: Stack, { url }: RunningConsole): string {
  const endpoint = control === `http://127.0.0.1:${CONTROL_PORT}` ? '' : ` --endpoint ${control}`;
  return `
Serving at ${control} until Ctrl-C. From another terminal:
  pnpm millrace send FILE --project shop --collection pageviews${endpoint}
  pnpm millrace tick --ahead 20m${endpoint}
  pnpm millrace status${endpoint}
Console: ${url}
`;
}
