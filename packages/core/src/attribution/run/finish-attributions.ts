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
 * Brings results up to files that came while others were worked, the oldest first, and makes those final that waited for
 * touch files which will not come: those of files whose own interval is settled.
 * Safe to run twice at once, and to be skipped for any time. One that fails keeps none of the others from it.
 * @returns how many files were settled.
 * @throws the first failure, afterwards.
 */
export async function finishAttributions(options: AttributionOptions): Promise<number> {
  const patience = patienceOf(options);
  const end = systemClock() + BUDGET;
  const failures: unknown[] = [];
  let files = 0;
  for (const attribution of options.attributions) {
    for (const key of await due(attribution, options, patience)) {
      if (systemClock() > end) break;
      try {
        await unlessHopeless(() => settle(key, attribution, options, patience));
        files++;
      } catch (caught) {
        failures.push(caught);
      }
    }
  }
  if (failures.length > 0) throw failures[0];
  return files;
}

async function due(
  attribution: Attribution,
  { layout }: AttributionOptions,
  patience: Patience | undefined,
): Promise<AttributedFileKey[]> {
  const { project, conversions, touches } = attribution;
  const stream = { project, collection: conversions.collection };
  const behind = [...(await filesOf(stream, 'catching_up')), ...(await filesOf(stream, 'behind'))];
  const waiting = await filesOf(stream, 'provisional');
  if (waiting.length === 0) return behind;
  const settled = await settledOf(attribution, layout, patience);
  const isSettled = ({ interval }: AttributedFileKey) => {
    const own = touches.collections.map((collection) => ({ collection, interval, file: undefined }));
    return completenessOf({ files: own }, settled, layout).final;
  };
  return [...behind, ...waiting.filter(isSettled)];
}
