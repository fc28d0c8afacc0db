/**
 * `millrace enrich`: what the enrichments of packages/pipeline make of a file, before and after.
 */
import type { Preview } from '@millrace/core/enrich';
import { iso, systemClock } from '@millrace/core/runtime';
import type { JsonObject } from '@millrace/core/stream';
import { type Command, UsageError } from '../arguments.ts';
import { connect, endpointOption, NoStage } from '../connection.ts';
import { openLocalFile } from '../local-file.ts';

export const enrich: Command = {
  name: 'enrich',
  summary: 'Shows what the enrichments make of a file, record by record',
  positionals: ['FILE'],
  options: {
    project: { value: 'P', says: 'project the records would be of' },
    collection: { value: 'C', says: 'collection they would be of' },
    interval: { value: 'ISO', says: 'start of the interval they would have arrived in (default: the current one)' },
    limit: { value: 'N', says: 'records to show (default 10; 0 for all)' },
    json: { says: 'a JSON object for each record, with before and after' },
    ...endpointOption,
  },
  help: `Takes the records of FILE (newline-delimited JSON, plain or gzipped) through the enrichments that packages/pipeline
has for the project and collection, on this machine, and writes nothing. A line with + is added, with ~ changed, with - taken away.

What enrichments look up in tables or in S3 comes from the stack that runs, or from a stage:
  pnpm millrace enrich events.json --project shop --collection pageviews
  npx sst shell --stage production pnpm millrace enrich events.json --project shop --collection pageviews`,
  run: async (given) => {
    const names = { project: given.require('project'), collection: given.require('collection') };
    const limit = Number(given.get('limit') ?? '10');
    if (!Number.isInteger(limit) || limit < 0) throw new UsageError('--limit is a number of records, or 0 for all');
    const start = Date.parse(given.get('interval') ?? iso(systemClock()));
    if (Number.isNaN(start)) throw new UsageError('--interval is no time; write it as 2026-03-02T09:05:00.000Z');
    const { stream } = await openLocalFile(given.positionals[0] ?? '', 'give a file of newline-delimited JSON');
    await connectIfThere(given.get('endpoint'));
    const { previewEnrichments } = await import('@millrace/core/enrich');
    const { enrichments } = await import('@millrace/pipeline/enrichments');
    const { streams } = await import('@millrace/pipeline/streams');
    const { plural } = await import('../report.ts');
    const { differencesOf } = await import('../difference.ts');
    const { intervalLength } = streams.layout;
    const interval = iso(Math.floor(start / intervalLength) * intervalLength);
    const file = { bucket: '', key: '', size: 0, etag: '', ...names, interval, intervalLength };
    const source = { ...file, receivedAt: interval, writtenBy: 'producer' };
    if (!enrichments.some((one) => one.selects(source)))
      throw new UsageError(`packages/pipeline enriches no collection ${names.collection} of project ${names.project}`);
    let shown = 0;
    const { read, quarantined } = await previewEnrichments(enrichments, { file: source, body: stream }, (preview) => {
      if (limit !== 0 && ++shown > limit) return;
      process.stdout.write(given.has('json') ? `${JSON.stringify(preview)}\n` : textOf(preview, differencesOf));
    });
    const refused = quarantined === 0 ? '' : `, ${plural(quarantined, 'line')} not readable`;
    if (!given.has('json')) process.stdout.write(`${plural(read, 'line')}${refused}\n`);
    return 0;
  },
};

/** Without a stack, steps that need nothing but the record still work. */
async function connectIfThere(endpoint: string | undefined): Promise<void> {
  try {
    await connect(endpoint);
  } catch (caught) {
    if (endpoint !== undefined || !(caught instanceof NoStage)) throw caught;
    process.stderr.write(
      'no stack runs here, so nothing is looked up in tables: lookup_failed below (start one with pnpm start)\n',
    );
  }
}

function textOf(
  { enrichment, line, before, after, rejected }: Preview,
  differences: (before: JsonObject, after: JsonObject) => string[],
): string {
  const head = `line ${line}, ${enrichment}\n`;
  if (rejected) return `${head}  goes into quarantine: ${JSON.stringify(after)}\n`;
  const changes = differences(before, after as JsonObject); // a record, where it is not rejected
  return `${head}${changes.map((change) => `  ${change}\n`).join('') || '  stays as it is\n'}`;
}
