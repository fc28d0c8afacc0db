/**
 * `millrace reference`: tables of what the ids in records stand for.
 */
import { createGunzip } from 'node:zlib';
import type { ReferenceEntry } from '@millrace/core/enrich';
import { systemClock } from '@millrace/core/runtime';
import { type Command, UsageError } from '../arguments.ts';
import { connect, endpointOption } from '../connection.ts';
import { openLocalFile } from '../local-file.ts';
import { showProgress } from '../progress.ts';
import { gauge } from './replay-bar.ts';

/** Entries between two looks at how far it is. */
const OFTEN = 500;

export const reference: Command = {
  name: 'reference',
  summary: 'Fills the tables that enrichments look ids up in',
  positionals: ['load', 'TABLE', 'FILE'],
  options: {
    project: { value: 'P', says: 'project whose table it is' },
    id: { value: 'NAME', says: 'column or property with the ids (default: id, or the first column of a CSV)' },
    format: { value: 'csv|ndjson', says: 'what FILE is, where its name does not tell' },
    ...endpointOption,
  },
  help: `load   puts what FILE says into TABLE, over what it has for the same ids; ids that FILE does not name stay. Loading the
       same file twice changes nothing. Functions see it within five minutes.

FILE is a CSV with a line of headings, or a JSON object a line; .gz is gunzipped. An entry is what a line has beside the id:
a single column or the property "value" as itself, else an object of all the others.
  pnpm millrace reference load products products.csv --project shop
  npx sst shell --stage production pnpm millrace reference load rates rates.csv --project shop --id currency`,
  run: async (given) => {
    const [action, table = '', file = ''] = given.positionals;
    if (action !== 'load') throw new UsageError(`there is no "reference ${action}"; there is: reference load`);
    const project = given.require('project');
    await connect(given.get('endpoint'));
    const { formatOf, readEntries } = await import('@millrace/core/enrich/file');
    const named = given.get('format');
    const format = named === 'csv' || named === 'ndjson' ? named : formatOf(file);
    if (format === undefined || (named !== undefined && named !== format))
      throw new UsageError(`${named ?? file} is neither csv nor ndjson; say which with --format`);
    const { size, stream } = await openLocalFile(file, 'give a CSV, or a file with a JSON object a line');
    const { loadReferences } = await import('@millrace/core/enrich');
    const { plural } = await import('../report.ts');
    const progress = showProgress(process.stderr, systemClock);
    const shown = async function* (entries: AsyncIterable<ReferenceEntry>) {
      let count = 0;
      for await (const entry of entries) {
        yield entry;
        if (++count % OFTEN !== 0) continue;
        progress.update(`${gauge(size === 0 ? 1 : stream.bytesRead / size)}, ${plural(count, 'reference')}`);
      }
    };
    const body = file.endsWith('.gz') ? stream.pipe(createGunzip()) : stream;
    const count = await loadReferences({ project, table }, shown(readEntries(body, { format, id: given.get('id') })));
    progress.done(`${gauge(1)}, ${plural(count, 'reference')} in table ${table} of ${project}`);
    return 0;
  },
};
