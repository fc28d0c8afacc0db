/**
 * `millrace attribution`: what a range of days comes to, by channel and model.
 */
import type { ReportOptions } from '@millrace/core/attribution';
import { DAY, systemClock } from '@millrace/core/runtime';
import { type Arguments, type Command, UsageError } from '../arguments.ts';
import { connect, endpointOption } from '../connection.ts';
import { showProgress } from '../progress.ts';
import { instant } from './replay.ts';

/** How long after a purchase most shops take it back; each interval more is a request more. */
const REFUNDS = 30 * DAY;

export const attribution: Command = {
  name: 'attribution',
  summary: 'Reports what channels contributed to the conversions of some days',
  positionals: ['report'],
  options: {
    from: { value: 'T', says: 'start of the range: 2026-03-02, or 2026-03-02T09:05:00Z' },
    to: { value: 'T', says: 'where it ends' },
    name: { value: 'NAME', says: 'which attribution of packages/pipeline, where it has several' },
    'refunds-until': { value: 'T', says: 'take off refunds that came before it (default: 30 days after the range)' },
    csv: { says: 'as CSV: model, channel, currency, value' },
    bucket: { value: 'NAME', says: 'a bucket beside the one of the stage' },
    ...endpointOption,
  },
  help: `Reads the files of the range, and of the lookback before it, from the bucket and shares what its conversions are worth
after refunds under every model that packages/pipeline declares, and under two that need all journeys, also those that led to nothing:
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
    const until = given.get('refunds-until');
    const refundsUntil = until === undefined ? Math.min(to + REFUNDS, systemClock()) : instant('refunds-until', until);
    return await report(given, { from, to, refundsUntil });
  },
};

async function report(given: Arguments, range: Pick<ReportOptions, 'from' | 'to' | 'refundsUntil'>): Promise<number> {
  await connect(given.get('endpoint'));
  const { makeReport } = await import('@millrace/core/attribution');
  const { streamsBucket } = await import('@millrace/core/resource');
  const { streams } = await import('@millrace/pipeline/streams');
  const { plural } = await import('../report.ts');
  const { reportCsv, reportTable } = await import('./attribution-text.ts');
  const progress = showProgress(process.stderr, systemClock);
  const made = await makeReport({
    attribution: await declared(given.get('name')),
    ...streams,
    ...range,
    bucket: given.get('bucket') ?? streamsBucket(),
    onProgress: ({ files, of, records }) =>
      progress.update(`${plural(records, 'record')}, ${files} of ${plural(of, 'file')} read`),
  });
  progress.done(`${plural(made.journeys, 'journey')} read from ${plural(made.files, 'file')}`);
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
