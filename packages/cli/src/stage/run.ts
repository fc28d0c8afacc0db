/**
 * The samples' way through a running stack, from the first file to the account of what happened.
 */
import { streamsBucket } from '@millrace/core/resource';
import { MINUTE, SECOND, systemClock } from '@millrace/core/runtime';
import { FileProgress } from '@millrace/core/stream';
import { table } from '@millrace/core/table';
import { type Stack, StillBusy } from '@millrace/local';
import { streams } from '@millrace/pipeline/streams';
import type { Progress } from '../progress.ts';
import { plural, report } from '../report.ts';
import { applyPipelineRules } from './rules.ts';
import { loadSampleReferences, putSamples } from './samples.ts';
import { type Summary, summarize } from './summary.ts';

/** The samples take half a minute; what is not idle after this long hangs. */
const PATIENCE = 10 * MINUTE;
/** A tick can lead to files that lead to more; two rounds settle the samples, more are for pipelines that chain. */
const MOST_TICKS = 6;

/**
 * Rules, references and samples in, time on, and the summary out to standard output.
 * @param options.once whether the totals follow as the last line, in JSON.
 * @param options.signal ends it within about a second, between two files rather than in one. @throws its reason.
 */
export async function runSamples(
  stack: Stack,
  { progress, once, signal }: { readonly progress: Progress; readonly once: boolean; readonly signal: AbortSignal },
): Promise<Summary> {
  const bucket = streamsBucket();
  const { layout, idleTimeout } = streams;
  progress.done('the stack runs: DynamoDB, S3, SQS, SNS, EventBridge and the functions');
  const rules = Object.values({ ...(await applyPipelineRules()), retired: [] }).flat().length;
  const references = await loadSampleReferences();
  progress.done(`${plural(rules, 'rule')} applied, ${plural(references, 'product name')} loaded`);
  const onFile = (through: number, of: number) => progress.update(`putting sample files: ${through} of ${of}`);
  const put = await putSamples({ bucket, layout }, { signal, onFile });
  progress.done(
    put > 0 ? `${plural(put, 'sample file')} put into s3://${bucket}` : 'the sample files lie there already',
  );
  await working(stack, progress, signal);
  progress.done('every file is worked');
  const summary = await letTimePass(stack, idleTimeout, { progress, signal });
  progress.done('every window is closed\n');
  process.stdout.write(report(summary));
  if (once) process.stdout.write(`\n${JSON.stringify(summary.totals)}\n`);
  return summary;
}

/** Ticks until a tick changes nothing any more. */
async function letTimePass(
  stack: Stack,
  idleTimeout: number,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<Summary> {
  const account = async () => await summarize(streamsBucket(), stack.deadLetters());
  let summary = await account();
  for (let tick = 0; tick < MOST_TICKS; tick++) {
    progress.update('letting time pass, so that windows close');
    const before = JSON.stringify(summary.totals);
    await stack.tick(systemClock() + idleTimeout + SECOND); // S3 tells arrival in whole seconds
    await working(stack, progress, signal);
    summary = await account();
    if (JSON.stringify(summary.totals) === before && tick > 0) break;
  }
  return summary;
}

/**
 * Waits until nothing is under way, telling how far it is; a second at a time, so that it ends when it is told to.
 * @throws StillBusy, naming what waits, where that takes longer than anything should.
 */
async function working(stack: Stack, progress: Progress, signal: AbortSignal): Promise<void> {
  const end = systemClock() + PATIENCE;
  for (;;) {
    try {
      return await stack.idle({ timeout: SECOND });
    } catch (caught) {
      if (!(caught instanceof StillBusy) || systemClock() > end) throw caught;
    }
    signal.throwIfAborted();
    progress.update(`working: ${await workDone()}`);
  }
}

/** `copier 40, enricher 31 …`: files done. */
async function workDone(): Promise<string> {
  const { data } = await FileProgress.scan.go({ ...table(), pages: 'all', attributes: ['workflow'] });
  const done = new Map<string, number>();
  for (const { workflow } of data) done.set(workflow, (done.get(workflow) ?? 0) + 1);
  const parts = [...done].toSorted().map(([workflow, files]) => `${workflow} ${files}`);
  return parts.length === 0 ? 'the first files are under way' : `files done: ${parts.join(', ')}`;
}
