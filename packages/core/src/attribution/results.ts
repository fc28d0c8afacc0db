/**
 * Making the results of one file of conversions, from the touch files that are there.
 */
import { hash } from '../runtime/index.ts';
import { createStreamFileWriter, type FileCounts, type Layout, readStreamFile } from '../stream/index.ts';
import { attribute } from './attribute.ts';
import type { AttributedFile, AttributionResult } from './attributed-file.ts';
import { type Conversion, toConversion } from './conversion.ts';
import type { Attribution } from './definition.ts';
import { type LookbackFile, readTouches } from './lookback.ts';
import { completenessOf, lookbackLength, toRow } from './row.ts';

export const WORKFLOW = 'attributor';

/** A new form of row gives old results a reason to be made again. */
const ROW_VERSION = 1;

/** All that results are a function of, hashed. */
export function inputsOf(
  { source }: AttributedFile,
  attribution: Attribution,
  lookback: readonly LookbackFile[],
): string {
  const files = lookback.flatMap(({ file }) => (file === undefined ? [] : [file.key, file.etag]));
  return hash(ROW_VERSION, source.bucket, source.key, source.etag, JSON.stringify(attribution), ...files);
}

/**
 * Reads the conversions, then every touch file once for all of them, and writes the results over those before.
 * Memory: the conversions of the file and the touches of their visitors.
 * @throws SupersededFile, MissingFile of the source; LookbackChanged.
 */
export async function writeResults(
  { source, cause }: AttributedFile,
  attribution: Attribution,
  lookback: readonly LookbackFile[],
  layout: Layout,
): Promise<Omit<AttributionResult, 'inputs'>> {
  const { conversions, counts } = await readConversions({ source, cause }, attribution, layout);
  const visitors = new Set(conversions.map(({ visitor }) => visitor));
  const touches = await readTouches(lookback, visitors, attribution, layout);
  const completeness = completenessOf(lookback);
  const writer = createStreamFileWriter({
    bucket: source.bucket,
    layout,
    placement: { project: source.project, collection: attribution.into, interval: Date.parse(source.interval) },
    source,
    cause,
    workflow: WORKFLOW,
  });
  let credits = 0;
  try {
    const results = { conversions, touches, models: attribution.models, lookback: lookbackLength(attribution, layout) };
    for (const attributed of attribute(results)) {
      credits += attributed.credits.length;
      writer.write(toRow(attributed, completeness, attribution, layout));
      const drained = writer.drained();
      if (drained !== undefined) await drained;
    }
    const { records, ...written } = await writer.finish();
    return {
      written,
      records,
      counts: { ...counts, conversions: conversions.length, credits },
      intervalsMissing: [...new Set(completeness.missing.map(({ interval }) => interval))],
    };
  } catch (caught) {
    await writer.abort();
    throw caught;
  }
}

async function readConversions(
  { source, cause }: Pick<AttributedFile, 'source' | 'cause'>,
  attribution: Attribution,
  layout: Layout,
): Promise<{ conversions: Conversion[]; counts: FileCounts }> {
  const conversions: Conversion[] = [];
  const counts = await readStreamFile(
    { file: source, workflow: WORKFLOW, cause },
    {
      record: (record, line) => {
        const conversion = toConversion(record, { key: source.key, line }, attribution, layout);
        if ('reason' in conversion) return conversion;
        conversions.push(conversion);
      },
    },
  );
  return { conversions, counts };
}
