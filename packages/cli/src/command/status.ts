/**
 * `millrace status`: what happened in the running stack so far.
 */
import type { Command } from '../arguments.ts';
import { ask, connectLocal, endpointOption } from '../connection.ts';

export const status: Command = {
  name: 'status',
  summary: 'Prints what happened in the running stack so far',
  options: { json: { says: 'only the totals, as one line of JSON' }, ...endpointOption },
  help: 'The same account as at the end of "millrace start", of the stack as it is now.',
  run: async (given) => {
    const { endpoint } = await connectLocal(given.get('endpoint'));
    const { streamsBucket } = await import('@millrace/core/resource');
    const { summarize } = await import('../stage/summary.ts');
    const summary = await summarize(streamsBucket(), deadLettersOf(await ask(endpoint, 'health')));
    if (!given.has('json')) {
      const { report } = await import('../report.ts');
      process.stdout.write(report(summary));
    }
    process.stdout.write(`${JSON.stringify(summary.totals)}\n`);
    return 0;
  },
};

function deadLettersOf(health: unknown): Record<string, number> {
  if (typeof health !== 'object' || health === null || !('deadLetters' in health)) return {};
  const counts = Object.entries(health.deadLetters ?? {});
  return Object.fromEntries(counts.filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
}
