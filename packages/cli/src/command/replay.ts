/**
 * `millrace replay`: files that have come already, once more to the workflows chosen.
 */
import { iso, SECOND, systemClock } from '@millrace/core/runtime';
import type { ReplayOptions } from '@millrace/core/stream';
import { type Arguments, type Command, hint, UsageError } from '../arguments.ts';
import { connect, endpointOption } from '../connection.ts';
import { untilInterrupted } from '../interrupt.ts';
import { showProgress } from '../progress.ts';
import { bar } from './replay-bar.ts';

export const replay: Command = {
  name: 'replay',
  summary: 'Delivers files that have come already to workflows again',
  options: {
    project: { value: 'P', says: 'project of the files' },
    collection: { value: 'C', says: 'their collection (default: all)' },
    from: { value: 'T', says: 'start of the first interval: 2026-03-02, or 2026-03-02T09:05:00Z' },
    to: { value: 'T', says: 'where to end; the interval that starts then is not in it' },
    workflow: { value: 'W[,W]', says: 'to whom (default: every workflow that takes stream files)' },
    rate: { value: 'N/s', says: 'files a second at most' },
    'dry-run': { says: 'only count the files' },
    notify: { says: 'send the alerts that come of it, as if the files had just come' },
    restart: { says: 'begin anew instead of going on where the same replay was ended' },
    ...endpointOption,
  },
  help: `Lists the files where their layouts (packages/pipeline/src/streams.ts) say they lie and puts them straight into the
queues of the workflows: nobody else hears of them. A workflow works them again whether or not it is done with them, and
writes the same results over the old ones. A file that its rule would not let in (a workflow's own output) is left out.

Ended half-way, the same command goes on where it was, within a week. Nobody is notified of alerts that come of it,
unless with --notify.

  pnpm millrace replay --project shop --from 2026-03-02 --to 2026-03-03 --workflow copier,enricher --rate 20/s
  npx sst shell --stage production pnpm millrace replay --project shop --from 2026-03-02 --to 2026-03-09 --dry-run`,
  run: async (given) => {
    const collection = given.get('collection');
    const range = {
      project: given.require('project'),
      ...(collection === undefined ? {} : { collection }),
      from: instant('from', given.require('from')),
      to: instant('to', given.require('to')),
    };
    if (range.from >= range.to) throw new UsageError('--to has to be later than --from');
    const rate = readRate(given.get('rate'));
    const workflows = await chosen(given.get('workflow'));
    await connect(given.get('endpoint'));
    const { measureReplay } = await import('@millrace/core/stream');
    const { streamsBucket } = await import('@millrace/core/resource');
    const { streams } = await import('@millrace/pipeline/streams');
    const { plural } = await import('../report.ts');
    const where = { streams, bucket: streamsBucket() };
    const { files, bytes } = await measureReplay(range, where);
    const what = `${plural(files, 'file')}, ${(bytes / 1e6).toFixed(1)} MB, of ${iso(range.from)} to ${iso(range.to)}`;
    process.stdout.write(`${what}\n  to ${workflows.join(', ')}\n`);
    if (given.has('dry-run') || files === 0) return 0;
    return await deliver(given, { range, workflows, ...where, ...(rate === undefined ? {} : { rate }) }, files);
  },
};

async function deliver(
  given: Arguments,
  what: Pick<ReplayOptions, 'range' | 'workflows' | 'streams' | 'bucket' | 'rate'>,
  total: number,
): Promise<number> {
  const { replay: run } = await import('@millrace/core/stream');
  const { plural } = await import('../report.ts');
  const progress = showProgress(process.stdout, systemClock);
  const started = systemClock();
  const running = run({
    ...what,
    notify: given.has('notify'),
    restart: given.has('restart'),
    now: systemClock,
    onProgress: ({ files, resumed }) => {
      const seconds = Math.max(systemClock() - started, 1) / SECOND;
      progress.update(bar({ done: files, total, perSecond: (files - resumed) / seconds }));
    },
  });
  const ended = await Promise.race([running, untilInterrupted()]);
  if (ended === 'interrupted') {
    process.stdout.write('\nended; the same command goes on from here\n');
    process.exit(130); // what was delivered is remembered after every ten files
  }
  const { files, resumed, messages } = ended;
  const before = resumed > 0 ? `, ${resumed} of them by an earlier run` : '';
  progress.done(`${plural(files, 'file')} delivered${before}; ${plural(messages, 'message')} sent`);
  return 0;
}

/** Workflows of the registry that take stream files, all or those named. */
async function chosen(named: string | undefined): Promise<string[]> {
  const { workflows } = await import('@millrace/functions/workflows');
  const { StreamFileReceived } = await import('@millrace/core/event');
  const takers = workflows.filter(({ events }) => events.some(({ type }) => type === StreamFileReceived.type));
  const names = takers.map(({ name }): string => name);
  if (named === undefined) return names;
  return named.split(',').map((name) => {
    if (names.includes(name)) return name;
    throw new UsageError(`no workflow "${name}" takes stream files${hint(name, names)}`);
  });
}

/** A time as options write it. @throws UsageError */
export function instant(option: string, text: string): number {
  const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new UsageError(`--${option} "${text}" is no time; write 2026-03-02 or 2026-03-02T09:05:00Z`);
}

function readRate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rate = Number(/^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(text)?.[1] ?? Number.NaN);
  if (rate > 0) return rate;
  throw new UsageError(`--rate "${text}" is no rate; write files a second, as in 20/s`);
}
