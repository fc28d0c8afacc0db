/**
 * Time passes without files, too: results that waited for touches become final.
 */
import { SECOND, systemClock } from '../../runtime/index.ts';
import { completenessOf, settledOf } from '../lookback/completeness.ts';
import { provisionalFiles } from './attributed-file.ts';
import { settle } from './settle.ts';
import { type AttributionOptions, patienceOf, unlessHopeless } from './work.ts';

/** Well before the function's time is up; the rest is finished by the next run. */
const BUDGET = 200 * SECOND;

/**
 * Makes results final that waited for touch files which will not come: those of files whose own interval is settled.
 * Safe to run twice at once, and to be skipped for any time. One that fails keeps none of the others from it.
 * @returns how many files were settled.
 * @throws the first failure, afterwards.
 */
export async function finishAttributions(options: AttributionOptions): Promise<number> {
  const { attributions, layout, sources = [] } = options;
  const patience = patienceOf(options);
  const end = systemClock() + BUDGET;
  const failures: unknown[] = [];
  let files = 0;
  for (const attribution of attributions) {
    const { project, conversions, touches } = attribution;
    const waiting = await provisionalFiles({ project, collection: conversions.collection });
    if (waiting.length === 0) continue;
    const settled = await settledOf(attribution, layout, patience);
    for (const key of waiting) {
      const own = touches.collections.map((collection) => ({ collection, interval: key.interval, file: undefined }));
      if (systemClock() > end || !completenessOf({ files: own }, settled, layout).final) continue;
      try {
        await unlessHopeless(() => settle(key, attribution, { layout, sources }, patience));
        files++;
      } catch (caught) {
        failures.push(caught);
      }
    }
  }
  if (failures.length > 0) throw failures[0];
  return files;
}
