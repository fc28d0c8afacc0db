/**
 * Bringing the results of a file of conversions to what the files in the bucket say, whatever arrives in whatever order.
 *
 * Conversions and touches arrive nearly at once and in any order, so results cannot wait for a lookback to be complete:
 * they are made from what is there, and made again when a touch file arrives later. Several runs may therefore be at the
 * same results at once, and a slow one may write what it read before the others over what they wrote after. No lock
 * prevents that; every run instead ends only when it has *looked, after its last write, and found everything in place*:
 *
 * 1. the touch files found now, and what else was said of the conversions, are those the results were made from
 *    (`result.inputs`),
 * 2. the object in the bucket is the one the results say was written,
 * 3. progress and announcement are of that object,
 * 4. the status is that of the results: it is written last, so that the finisher comes to what a run left half done.
 *
 * It repairs the first that does not hold and looks again. So the last write anybody made of any of these was
 * followed by a look that found all of them right, or its run crashed; then its message comes back and its run looks
 * again. A touch file is missed by no one: either it was there when the last run looked, or its own event comes after,
 * finds the file of conversions (registered before its lookback is read) and looks. An alias, a refund or a touch that came
 * late in a later file finds the file by its visitors (ConversionPlace, written before any of them is asked for). What
 * remains in the end is a function of the files, and results carry nothing else: no time of day, no count of runs, and the
 * trace of the conversions' own event.
 *
 * Where a file bears upon more files of conversions than its run has time for, it leaves the rest `behind`, those that are
 * not left so already. Whoever settles one takes that back (`catching_up`) before looking: what left it behind until then is
 * seen, and what does so later is not undone, since a status is only replaced by whoever saw it. The finisher has no
 * message that comes back; it finds what it was killed over by its status.
 */
import { isDeepStrictEqual } from 'node:util';
import { publish } from '../../bus/index.ts';
import { AttributionFileWritten, follow } from '../../event/index.ts';
import { followTrace, MillraceError, traced } from '../../runtime/index.ts';
import { FileProgress, markDone } from '../../stream/index.ts';
import { keyPart, table } from '../../table/index.ts';
import type { Attribution } from '../definition/definition.ts';
import type { AttributionStreams } from '../definition/file-form.ts';
import { completenessOf, type Patience, settledOf } from '../lookback/completeness.ts';
import { findLookback } from '../lookback/find-lookback.ts';
import { LookbackChanged } from '../lookback/lookback.ts';
import { findObject } from '../lookback/s3-store.ts';
import {
  type AttributedFile,
  type AttributedFileKey,
  type AttributionResult,
  loadFile,
  rememberReported,
  rememberResult,
  rememberStatus,
} from './attributed-file.ts';
import { inputsOf, type View, WORKFLOW, writeResults } from './results.ts';

/** Each round repairs one thing; only another run's write at the same time makes more than three of them necessary. */
const ROUNDS = 30;

/** Other runs kept changing what this one looked at. */
export class UnsettledAttribution extends MillraceError {
  constructor(key: string) {
    super('unsettled_attribution', `the results of ${key} kept changing for ${ROUNDS} rounds; they are tried again`);
  }
}

/**
 * Returns once the results are in place; nothing to do for a file nobody registered. Whoever is the cause, the work is of
 * the trace that brought the conversions.
 * @throws UnsettledAttribution; MissingFile or SupersededFile where the conversions' file is no longer there.
 */
export async function settle(
  key: AttributedFileKey,
  attribution: Attribution,
  streams: AttributionStreams,
  patience?: Patience,
): Promise<void> {
  await traced('attribution', async () => {
    await bringIntoPlace(key, attribution, streams, patience);
    return true;
  });
}

async function bringIntoPlace(
  key: AttributedFileKey,
  attribution: Attribution,
  streams: AttributionStreams,
  patience: Patience | undefined,
): Promise<void> {
  let last = '';
  for (let round = 0; round < ROUNDS; round++) {
    const file = await loadFile(key);
    if (file === null) return;
    last = file.source.key;
    followTrace(file.cause.traceId);
    if (file.status === 'behind') {
      await rememberStatus(file, 'catching_up'); // before looking: whoever comes after that leaves it behind again
      continue;
    }
    const view = await look(file, attribution, streams, patience);
    const inputs = inputsOf(file, attribution, view);
    const { result } = file;
    if (result === undefined || !(await isInPlace(result, inputs))) {
      const written = await unlessChanged(() => writeResults(file, attribution, view, streams));
      if (written !== undefined) await rememberResult(key, written);
    } else if (!(await isReported(file, result))) await report(key, file, result, attribution);
    else if (file.status !== statusOf(view)) await rememberStatus(file, statusOf(view));
    else return;
  }
  throw new UnsettledAttribution(last);
}

const statusOf = ({ completeness }: View) => (completeness.final ? 'final' : 'provisional');

/** Watermarks cost two requests each, so they are asked for only where something is missing. */
async function look(
  { source }: AttributedFile,
  attribution: Attribution,
  streams: AttributionStreams,
  patience: Patience | undefined,
): Promise<View> {
  const lookback = await findLookback(source, attribution, streams);
  const completeness = completenessOf(lookback, new Map(), streams.layout);
  if (completeness.final) return { lookback, completeness };
  return {
    lookback,
    completeness: completenessOf(lookback, await settledOf(attribution, streams.layout, patience), streams.layout),
  };
}

async function isInPlace({ inputs, written }: AttributionResult, now: string): Promise<boolean> {
  return inputs === now && (await findObject(written.bucket, written.key))?.etag === written.etag;
}

/** Undefined where the lookback changed meanwhile: then it is looked for again. */
async function unlessChanged<T>(make: () => Promise<T>): Promise<T | undefined> {
  try {
    return await make();
  } catch (caught) {
    if (caught instanceof LookbackChanged) return undefined;
    throw caught;
  }
}

async function isReported(
  { source, reported }: AttributedFile,
  { written, counts }: AttributionResult,
): Promise<boolean> {
  if (reported !== written.etag) return false;
  const key = { workflow: keyPart(WORKFLOW), bucket: keyPart(source.bucket), file: keyPart(source.key) };
  const { data } = await FileProgress.get(key).go({ ...table(), consistent: true });
  return data?.etag === source.etag && isDeepStrictEqual(data.counts, counts);
}

async function report(
  key: AttributedFileKey,
  { source, cause }: AttributedFile,
  result: AttributionResult,
  { name, project }: Attribution,
): Promise<void> {
  const { written, records, counts } = result;
  const metadata = follow(cause, {
    type: AttributionFileWritten.type,
    subject: [written.bucket, written.key, written.etag],
    project,
    producedBy: WORKFLOW,
  });
  const { accepted, conversions, credits } = counts;
  const intervalsMissing = [...result.intervalsMissing];
  await publish([
    AttributionFileWritten.create(
      { source, written, declaredBy: name, accepted, records, conversions, credits, intervalsMissing },
      metadata,
    ),
  ]);
  await markDone(WORKFLOW, source, { counts, outputs: [written.key] });
  await rememberReported(key, written.etag);
}
