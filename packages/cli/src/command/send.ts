/**
 * `millrace send`: a file of anybody's into the running stack or a deployed stage.
 */
import { iso, systemClock } from '@millrace/core/runtime';
import type { Layout, Placement } from '@millrace/core/stream';
import { type Arguments, type Command, UsageError } from '../arguments.ts';
import { connect, endpointOption } from '../connection.ts';
import { openLocalFile } from '../local-file.ts';

export const send: Command = {
  name: 'send',
  summary: 'Puts a file of records into the stream',
  positionals: ['FILE'],
  options: {
    project: { value: 'P', says: 'project the records belong to' },
    collection: { value: 'C', says: 'collection they are of' },
    interval: { value: 'ISO', says: 'start of the interval they arrived in (default: the current one)' },
    bucket: { value: 'NAME', says: "a deployed stage's bucket, where sst shell does not link it (or MILLRACE_BUCKET)" },
    ...endpointOption,
  },
  help: `FILE is newline-delimited JSON, plain or gzipped; - reads standard input. It is put where the layout in
packages/pipeline/src/streams.ts says, with its metadata, and never over another file: where the interval has one already,
it lies beside it, named by its content, so sending the same file twice changes nothing.

It goes to the stack that "pnpm start" runs, or to a deployed stage:
  npx sst shell --stage production pnpm millrace send events.json --project shop --collection pageviews`,
  run: async (given) => {
    const [file = '-'] = given.positionals;
    const names = { project: given.require('project'), collection: given.require('collection') };
    const interval = instant(given.get('interval'));
    const input = await open(file);
    const bucket = await findBucket(given);
    const { putStreamFile } = await import('../stage/put.ts');
    const { withContent } = await import('../stage/content.ts');
    const { streams } = await import('@millrace/pipeline/streams');
    const { layout } = streams;
    const start = Math.floor((interval ?? systemClock()) / layout.intervalLength) * layout.intervalLength;
    const target = { bucket: bucket.name, layout, placement: { ...names, interval: start } };
    checkNames(target);
    const { key, outcome } = await withContent(input, async (content) => await putStreamFile(target, content));
    const what = outcome === 'written' ? 'sent to' : 'lies already, the same bytes, at';
    process.stdout.write(`${file === '-' ? 'standard input' : file} ${what}\n  s3://${bucket.name}/${key}\n`);
    process.stdout.write(`  project ${names.project}, collection ${names.collection}, interval ${iso(start)}\n`);
    if (bucket.local) {
      process.stdout.write(
        'Windows close as time passes: "pnpm millrace tick --ahead 20m" moves the stack\'s clock on.\n',
      );
      process.stdout.write('What came of it: "pnpm millrace status".\n');
    }
    return 0;
  },
};

async function open(file: string) {
  if (file === '-') return process.stdin;
  const remedy = 'give a file of newline-delimited JSON, plain or gzipped, or - for standard input';
  return (await openLocalFile(file, remedy)).stream;
}

function instant(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new UsageError(`--interval "${text}" is no time; write it as 2026-03-02T09:05:00.000Z`);
  return time;
}

/** Names that the layout cannot read back from where it would put the file. */
function checkNames({ layout, placement }: { readonly layout: Layout; readonly placement: Placement }): void {
  const readBack = () => {
    try {
      return layout.parse(layout.key(placement), layout.metadata(placement));
    } catch {
      return undefined;
    }
  };
  const { project, collection } = placement;
  const found = readBack();
  if (found?.project === project && found.collection === collection && found.part === undefined) return;
  throw new UsageError(
    `project "${project}" and collection "${collection}" cannot stand in a key of the layout ${layout.name}; use names without / and control characters`,
  );
}

/** The bucket to send to: one that is named, or the one of the stage. */
async function findBucket(given: Arguments): Promise<{ name: string; local: boolean }> {
  const named = given.get('bucket') ?? (given.has('endpoint') ? undefined : process.env.MILLRACE_BUCKET);
  if (named !== undefined) return { name: named, local: false };
  const { kind } = await connect(given.get('endpoint'));
  const { streamsBucket } = await import('@millrace/core/resource');
  return { name: streamsBucket(), local: kind === 'local' };
}
