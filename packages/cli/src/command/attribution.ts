/**
 * `millrace attribution`: what a range of days comes to, by channel and model.
 */
import { systemClock } from '@millrace/core/runtime';
import { type Arguments, type Command, UsageError } from '../arguments.ts';
import { connect, endpointOption } from '../connection.ts';
import { showProgress } from '../progress.ts';
import { instant } from './replay.ts';

export const attribution: Command = {
  name: 'attribution',
  summary: 'Reports what channels contributed to the conversions of some days',
  positionals: ['report'],
  options: {
    from: { value: 'T', says: 'start of the range: 2026-03-02, or 2026-03-02T09:05:00Z' },
    to: { value: 'T', says: 'where it ends' },
    name: { value: 'NAME', says: 'which attribution of packages/pipeline, where it has several' },
    csv: { says: 'as CSV: model, channel, currency, value' },
    bucket: { value: 'NAME', says: 'a bucket beside the one of the stage' },
    ...endpointOption,
  },
  help: `Reads the files of the range, and of the lookback before it, from the bucket and shares the value of its conversions
under every model that packages/pipeline declares, and under two that need all journeys, also those that led to nothing:
  markov   by how many conversions would be lost without a channel, in a chain of first order
  shapley  by what a channel adds to the others, on average over all orders; exact
Writes nothing. What memory would not hold lies in the folder for temporary files meanwhile.

  pnpm millrace attribution report --from 2026-03-02 --to 2026-03-03
  npx sst shell --stage production pnpm --silent millrace attribution report --from 2026-03-02 --to 2026-04-02 --csv > march.csv`,
  run: async (given) => {
    if (given.positionals[0] !== 'report') {
      throw new UsageError(`there is no "attribution ${given.positionals[0]}"; there is: attribution report`);
    }
    const from = instant('from', given.require('from'));
    const to = instant('to', given.require('to'));
    if (from >= to) throw new UsageError('--to has to be later than --from');
    return await report(given, from, to);
  },
};

async function report(given: Arguments, from: number, to: number): Promise<number> {
  await connect(given.get('endpoint'));
  const { makeReport } = await import('@millrace/core/attribution');
  const { streamsBucket } = await import('@millrace/core/resource');
  const { streams } = await import('@millrace/pipeline/streams');
  const { plural } = await import('../report.ts');
  const { reportCsv, reportTable } = await import('./attribution-text.ts');
  const progress = showProgress(process.stderr, systemClock);
  const made = await makeReport({
    attribution: await declared(given.get('name')),
    layout: streams.layout,
    bucket: given.get('bucket') ?? streamsBucket(),
    from,
    to,
    onProgress: ({ intervals, of, records }) =>
      progress.update(`${plural(records, 'record')}, ${intervals} of ${plural(of, 'interval')} read`),
  });
  progress.done(`${plural(made.journeys, 'journey')} read`);
  process.stdout.write(given.has('csv') ? reportCsv(made) : reportTable(made));
  return 0;
}

async function declared(name: string | undefined) {
  const { attributions } = await import('@millrace/pipeline/attributions');
  const names = attributions.map((one) => one.name).join(', ');
  const found = attributions.filter((one) => name === undefined || one.name === name);
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new UsageError(`--name has to be one of packages/pipeline/src/attributions.ts: ${names}`);
  }
  return only;
}
