/**
 * node infra/acceptance/stage/main.ts FILE, under `sst shell`: the sample files into the deployed stage, time on, and
 * what came of them written to the file. Then the bus's archive is played back, which must change nothing.
 */
import { writeFile } from 'node:fs/promises';
import { streamsBucket } from '@millrace/core/resource';
import { systemClock } from '@millrace/core/runtime';
import { streams } from '@millrace/pipeline/streams';
import { loadSampleReferences, putSamples } from '../../../packages/cli/src/stage/samples.ts';
import { type Summary, summarize } from '../../../packages/cli/src/stage/summary.ts';
import { deadLetters, untilIdle } from './queues.ts';
import { replayArchive } from './replay.ts';
import { tickAt } from './ticker.ts';

/** What the file holds. */
export interface Outcome {
  readonly before: Summary;
  /** Events that the archive of the typed bus held, and played back. */
  readonly replayed: number;
  /** After the replay. */
  readonly after: Summary;
}

/** What a tick leads to may lead to more; two settle the samples. */
const TICKS = 2;

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: node infra/acceptance/stage/main.ts FILE');

const bucket = streamsBucket();
const { layout, idleTimeout } = streams;
await loadSampleReferences();
await putSamples({ bucket, layout }, {});
await untilIdle();
for (let tick = 0; tick < TICKS; tick++) {
  await tickAt(systemClock() + idleTimeout + layout.intervalLength); // windows end where intervals do
  await untilIdle();
}
const before = await summarize(bucket, await deadLetters());
const replayed = await replayArchive();
await untilIdle();
const after = await summarize(bucket, await deadLetters());
const outcome: Outcome = { before, replayed, after };
await writeFile(file, JSON.stringify(outcome));
