/**
 * What no file's own run does: results that waited for touches become final, as time passes without files, too, and those
 * that a file left behind are brought up to it.
 */
import { SECOND, systemClock } from '../../runtime/index.ts';
import type { Attribution } from '../definition/definition.ts';
import { completenessOf, type Patience, settledOf } from '../lookback/completeness.ts';
import { type AttributedFileKey, filesOf } from './attributed-file.ts';
import { settle } from './settle.ts';
import { type AttributionOptions, patienceOf, unlessHopeless } from './work.ts';

/** Well before the function's time is up; the rest is finished by the next run. */
const BUDGET = 200 * SECOND;

/**
 * Makes results final that waited for touch files which will not come, those of files whose own interval is settled; then
 * brings results up to files that came while others were worked. The oldest first.
 * Safe to run twice at once, and to be skipped for any time. One that fails keeps none of the others from it.
 * @returns how many files were settled.
 * @throws the first failure, afterwards.
 */
export async function finishAttributions(options: AttributionOptions): Promise<number> {
  const patience = patienceOf(options);
  const end = systemClock() + BUDGET;
  const failures: unknown[] = [];
  let files = 0;
  const finish = async (attribution: Attribution, keys: readonly AttributedFileKey[]) => {
    for (const key of keys) {
      if (systemClock() > end) return;
      try {
        await unlessHopeless(() => settle(key, attribution, options, patience));
        files++;
      } catch (caught) {
        failures.push(caught);
      }
    }
  };
  // a replay leaves hours of work behind, which keeps nobody's results from becoming final
  for (const one of options.attributions) await finish(one, await settledFiles(one, options, patience));
  for (const one of options.attributions) {
    for (const status of ['catching_up', 'behind'] as const) await finish(one, await filesOf(streamOf(one), status));
  }
  if (failures.length > 0) throw failures[0];
  return files;
}

async function settledFiles(
  attribution: Attribution,
  { layout }: AttributionOptions,
  patience: Patience | undefined,
): Promise<readonly AttributedFileKey[]> {
  const waiting = await filesOf(streamOf(attribution), 'provisional');
  if (waiting.length === 0) return waiting;
  const settled = await settledOf(attribution, layout, patience);
  return waiting.filter(({ interval }) => {
    const own = attribution.touches.collections.map((collection) => ({ collection, interval, file: undefined }));
    return completenessOf({ files: own }, settled, layout).final;
  });
}

const streamOf = ({ project, conversions }: Attribution) => ({ project, collection: conversions.collection });
