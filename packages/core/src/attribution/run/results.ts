/**
 * Making the results of one file of conversions, from the touch files that are there.
 */
import { hash } from '../../runtime/index.ts';
import { streamsBucket } from '../../runtime/resource.ts';
import {
  createStreamFileWriter,
  type FileCounts,
  type Layout,
  readStreamFile,
  type StreamFileWriter,
} from '../../stream/index.ts';
import { keyPart } from '../../table/index.ts';
import { type Attribution, lookbackOf, reachOf, sessionsOf } from '../definition/definition.ts';
import { type AttributionStreams, formOf } from '../definition/file-form.ts';
import type { Completeness } from '../lookback/completeness.ts';
import { intervalsOf, type Lookback, versionToken } from '../lookback/lookback.ts';
import { type Conversion, toConversion } from '../record/conversion.ts';
import { held } from '../record/held.ts';
import type { Touch } from '../record/touch.ts';
import { type Attributed, share } from '../share/attribute.ts';
import { identities } from '../share/identity.ts';
import { circleOf, type Link } from '../side/alias-link.ts';
import { putPlaces } from '../side/conversion-place.ts';
import { takeOff } from '../side/refund.ts';
import { type AttributedFile, type AttributionResult, addSeen, attributedFileKey } from './attributed-file.ts';
import { toRow } from './row.ts';

export const WORKFLOW = 'attributor';

/** A new form of row gives old results a reason to be made again. */
const ROW_VERSION = 2;

/** What a lookback found, and how complete that is. */
export interface View {
  readonly lookback: Lookback;
  readonly completeness: Completeness;
}

/** All that results are a function of, hashed. */
export function inputsOf(
  { source, seen }: Pick<AttributedFile, 'source' | 'seen'>,
  attribution: Attribution,
  { lookback, completeness }: View,
): string {
  const files = lookback.files.flatMap(({ file }) => (file === undefined ? [] : [file.key, file.etag]));
  const { empty, final } = completeness;
  const declared = JSON.stringify([attribution, lookback.versions, empty, final]);
  return hash(ROW_VERSION, source.bucket, source.key, source.etag, declared, ...[...(seen ?? [])].sort(), ...files);
}

/**
 * Reads the conversions, then the touches before them once for all of them, and writes the results over those before.
 * Memory: the conversions of the file and the touches of their visitors.
 * @throws SupersededFile, MissingFile of the source; LookbackChanged.
 */
export async function writeResults(
  file: AttributedFile,
  attribution: Attribution,
  view: View,
  streams: AttributionStreams,
): Promise<AttributionResult> {
  const { source } = file;
  const { layout } = streams;
  const { conversions: gross, counts } = await readConversions(file, attribution, formOf(source, streams));
  const { conversions, touches, links, tokens } = await gather(file, gross, attribution, view.lookback, layout);
  // Not what is seen by now: something may have been said since all this was gathered, and then it is gathered again.
  const own = [versionToken(source), ...tokens];
  const seen = new Set([...(file.seen ?? []), ...own]);
  await addSeen(attributedFileKey(source), own);
  const revision = seen.size + view.lookback.versions;
  const writer = createStreamFileWriter({
    bucket: streamsBucket(),
    layout,
    placement: { project: source.project, collection: attribution.into, interval: Date.parse(source.interval) },
    source,
    cause: file.cause,
    workflow: WORKFLOW,
  });
  try {
    const input = { conversions, touches, nameOf: identities(links), sessions: sessionsOf(attribution) };
    const attributed = share({ ...input, lookback: lookbackOf(attribution, layout) }, attribution.models);
    const row = (one: Attributed) => toRow(one, { ...view, revision }, attribution, layout);
    const credits = await writeRows(writer, attributed, row);
    const { records, ...written } = await writer.finish();
    return {
      inputs: inputsOf({ source, seen }, attribution, view),
      written,
      records,
      revision,
      counts: { ...counts, conversions: conversions.length, credits },
      intervalsMissing: intervalsOf(view.completeness.missing),
    };
  } catch (caught) {
    await writer.abort();
    throw caught;
  }
}

async function writeRows(
  writer: StreamFileWriter,
  attributed: Iterable<Attributed>,
  row: (one: Attributed) => string,
): Promise<number> {
  let credits = 0;
  for (const one of attributed) {
    credits += one.credits.length;
    writer.write(row(one));
    const drained = writer.drained();
    if (drained !== undefined) await drained;
  }
  return credits;
}

interface Gathered {
  /** Net of refunds. */
  readonly conversions: readonly Conversion[];
  readonly touches: readonly Touch[];
  readonly links: readonly Link[];
  readonly tokens: readonly string[];
}

/**
 * Everything known of a file's conversions. Where they are is written before anything is asked for, so that whoever adds
 * something meanwhile finds them and tells them.
 */
async function gather(
  { source }: AttributedFile,
  conversions: readonly Conversion[],
  attribution: Attribution,
  lookback: Lookback,
  layout: Layout,
): Promise<Gathered> {
  if (conversions.length === 0) return { conversions, touches: [], links: [], tokens: [] };
  const scope = { project: keyPart(attribution.project), attribution: keyPart(attribution.name) };
  const visitors = new Set(conversions.map(({ visitor }) => visitor));
  const times = conversions.map(({ time }) => time);
  const span = { from: least(times) - reachOf(attribution, layout), to: -least(times.map((time) => -time)) };
  const named = attribution.aliases.length > 0 || lookback.via === 'index';
  await putPlaces(
    source,
    { visitor: named ? visitors : [], id: attribution.refunds ? conversions.map(({ id }) => id) : [] },
    span,
  );
  const circle = attribution.aliases.length > 0 ? await circleOf(scope, visitors) : { links: [], names: visitors };
  const net = attribution.refunds ? await takeOff(scope, conversions) : { conversions, tokens: [] };
  const { touches, tokens } = await lookback.read(circle.names, span.from, span.to);
  return {
    conversions: net.conversions,
    touches,
    links: circle.links,
    tokens: [...tokens, ...net.tokens, ...circle.links.map(({ token }) => token)],
  };
}

const least = (numbers: readonly number[]) => numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);

async function readConversions(
  { source, cause }: Pick<AttributedFile, 'source' | 'cause'>,
  attribution: Attribution,
  layout: Layout,
): Promise<{ conversions: readonly Conversion[]; counts: FileCounts }> {
  const conversions = held<Conversion>('conversions');
  const counts = await readStreamFile(
    { file: source, workflow: WORKFLOW, cause },
    {
      record: (record, line) => {
        const conversion = toConversion(record, { key: source.key, line }, attribution, layout);
        if ('reason' in conversion) return conversion;
        conversions.add(conversion);
      },
    },
  );
  return { conversions: conversions.all, counts };
}
