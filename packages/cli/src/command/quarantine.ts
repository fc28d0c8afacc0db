/**
 * `millrace quarantine`: what was refused, why, and where it lies.
 */
import { type Command, UsageError } from '../arguments.ts';
import { connect, endpointOption } from '../connection.ts';

export const quarantine: Command = {
  name: 'quarantine',
  summary: 'Lists the lines workflows refused, with the reason and where they lie',
  positionals: ['list'],
  options: { workflow: { value: 'NAME', says: 'only what this workflow refused' }, ...endpointOption },
  help: `A refused line keeps its bytes: each line of a quarantine file is a JSON object with the line's number and byte offset,
the reason, and the bytes in base64.`,
  run: async (given) => {
    const [action] = given.positionals;
    if (action !== 'list') throw new UsageError(`there is no "quarantine ${action}"; there is: quarantine list`);
    await connect(given.get('endpoint'));
    const { streamsBucket } = await import('@millrace/core/resource');
    const { distinctLines, quarantineFiles } = await import('../stage/quarantined.ts');
    const { clean, plural } = await import('../report.ts');
    const files = await quarantineFiles(streamsBucket(), given.get('workflow'));
    for (const { uri, workflow, source, lines } of files) {
      process.stdout.write(`${clean(uri)}\n  refused by ${clean(workflow)}, from ${clean(source)}\n`);
      for (const { line, reason, message } of lines) {
        process.stdout.write(`  line ${line}: ${clean(reason)}: ${clean(message)}\n`);
      }
    }
    const lines = distinctLines(files).length;
    process.stdout.write(`${plural(lines, 'line')} in ${plural(files.length, 'quarantine file')}\n`);
    return 0;
  },
};
