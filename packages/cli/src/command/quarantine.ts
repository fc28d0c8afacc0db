/**
 * `millrace quarantine`: what was refused and why, where it lies, and a second chance for it.
 */
import type { QuarantineEntry } from '@millrace/core/stream';
import { type Arguments, type Command, UsageError } from '../arguments.ts';
import { connect, endpointOption } from '../connection.ts';

type Action = 'list' | 'show' | 'retry';
const ACTIONS: readonly Action[] = ['list', 'show', 'retry'];

export const quarantine: Command = {
  name: 'quarantine',
  summary: 'Lists the lines workflows refused, shows them, or has them worked again',
  positionals: ['list|show|retry'],
  options: {
    workflow: { value: 'NAME', says: 'only what this workflow refused' },
    file: { value: 'URI', says: 'only this quarantine file, as "list" names it' },
    bytes: { says: 'with show: nothing but the lines, byte for byte, to be corrected and sent again' },
    bucket: { value: 'NAME', says: 'a bucket beside the one of the stage' },
    ...endpointOption,
  },
  help: `list    one line for each quarantine file, and each line in it
show    what was refused, with the place it had in its file
retry   delivers the files the lines are from to the workflow that refused them, once more: for when the workflow has been
        corrected. What it refuses again is quarantined again. Where the file is gone, the quarantine stays.

A refused line keeps its bytes: each line of a quarantine file is a JSON object with the line's number and byte offset,
the reason, and the bytes in base64. To correct the lines themselves and send them:
  pnpm --silent millrace quarantine show --bytes --file s3://… > lines.json
  pnpm millrace send lines.json --project shop --collection pageviews`,
  run: async (given) => {
    const action = ACTIONS.find((one) => one === given.positionals[0]);
    if (action === undefined) {
      const all = ACTIONS.map((one) => `quarantine ${one}`).join(', ');
      throw new UsageError(`there is no "quarantine ${given.positionals[0]}"; there are: ${all}`);
    }
    if (given.has('bytes') && action !== 'show') throw new UsageError('--bytes goes with "quarantine show"');
    await connect(given.get('endpoint'));
    const { streamsBucket } = await import('@millrace/core/resource');
    const bucket = given.get('bucket') ?? streamsBucket();
    if (action === 'retry') return await retry(given, bucket);
    return await show(given, bucket, action === 'list' ? 'list' : given.has('bytes') ? 'bytes' : 'show');
  },
};

async function show(given: Arguments, bucket: string, how: 'list' | 'show' | 'bytes'): Promise<number> {
  const { readQuarantine } = await import('@millrace/core/stream');
  const { clean, plural } = await import('../report.ts');
  const lines = new Set<string>();
  let files = 0;
  for await (const { key, workflow, source } of entries(given, bucket)) {
    files++;
    if (how !== 'bytes') {
      process.stdout.write(
        `${clean(`s3://${bucket}/${key}`)}\n  refused by ${clean(workflow)}, from ${clean(source)}\n`,
      );
    }
    await readQuarantine({ bucket, key }, ({ line, offset, reason, message, bytes }) => {
      lines.add(`${source}\n${line}`);
      if (how === 'bytes') process.stdout.write(Buffer.concat([bytes, Buffer.from('\n')]));
      else if (how === 'list') process.stdout.write(`  line ${line}: ${clean(reason)}: ${clean(message)}\n`);
      else {
        process.stdout.write(`  line ${line}, byte ${offset}: ${clean(reason)}: ${clean(message)}\n`);
        process.stdout.write(`    ${clean(bytes.toString())}\n`);
      }
    });
  }
  if (how !== 'bytes') {
    process.stdout.write(`${plural(lines.size, 'line')} in ${plural(files, 'quarantine file')}\n`);
  }
  return 0;
}

async function retry(given: Arguments, bucket: string): Promise<number> {
  if (!given.has('file') && !given.has('workflow')) {
    throw new UsageError('"quarantine retry" needs --file, or --workflow for all that a workflow refused');
  }
  const { layoutOf, retryQuarantined } = await import('@millrace/core/stream');
  const { streamsBucket } = await import('@millrace/core/resource');
  const { streams } = await import('@millrace/pipeline/streams');
  const { clean, plural } = await import('../report.ts');
  const layoutFor = (file: { bucket: string; key: string }) => layoutOf(streams, file, streamsBucket());
  let sent = 0;
  let gone = 0;
  for await (const entry of entries(given, bucket)) {
    if (await retryQuarantined(entry, { bucket, layoutFor })) sent++;
    else {
      gone++;
      process.stdout.write(`${clean(entry.source)} is gone; what was refused of it stays in quarantine\n`);
    }
  }
  process.stdout.write(`${plural(sent, 'file')} delivered again\n`);
  return gone > 0 ? 1 : 0;
}

/** The quarantine files asked for. @throws UsageError where the one named is not there. */
async function* entries(given: Arguments, bucket: string): AsyncGenerator<QuarantineEntry> {
  const { listQuarantine, summarizeQuarantine } = await import('@millrace/core/stream');
  const workflow = given.get('workflow');
  const file = given.get('file');
  if (file !== undefined) {
    const prefix = `s3://${bucket}/`;
    const entry = await summarizeQuarantine(bucket, file.startsWith(prefix) ? file.slice(prefix.length) : file);
    if (entry === undefined) throw new UsageError(`${file} is not there; "quarantine list" names what is`);
    yield entry;
    return;
  }
  const scope = { bucket, ...(workflow === undefined ? {} : { workflow }) };
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const page = await listQuarantine({ ...scope, ...(after === undefined ? {} : { after }) });
    yield* page.entries;
    after = page.next;
  }
}
