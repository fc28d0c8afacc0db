/**
 * Which of the two stores a lookback goes to.
 */
import type { StreamFile } from '../../event/index.ts';
import { type Attribution, storeOf } from '../definition/definition.ts';
import type { AttributionStreams } from '../definition/file-form.ts';
import { indexLookback } from './index-store.ts';
import { asked, type Lookback } from './lookback.ts';
import { filesLookback } from './s3-store.ts';

/** Looks for the touch files of a lookback from the conversions of `source`. */
export function findLookback(
  source: StreamFile,
  attribution: Attribution,
  streams: AttributionStreams,
): Promise<Lookback> {
  const all = asked(source, attribution, streams.layout);
  return storeOf(attribution, streams) === 's3'
    ? filesLookback(source, all, attribution, streams.layout)
    : indexLookback(source, all, attribution);
}
