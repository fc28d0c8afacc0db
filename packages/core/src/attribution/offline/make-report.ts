/**
 * The offline report: every file of a range is read once, what it says of each visitor is laid out on disk by visitor, and
 * then visitors are taken a part at a time.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MillraceError } from '../../runtime/index.ts';
import { type JsonObject, readObjectIfPresent, readRecords } from '../../stream/index.ts';
import { type Attribution, lookbackOf, reachOf, sessionsOf } from '../definition/definition.ts';
import type { AttributionStreams } from '../definition/file-form.ts';
import { ROWS } from '../lookback/lookback.ts';
import { toAliases } from '../record/alias.ts';
import { toConversion } from '../record/conversion.ts';
import { toRefund } from '../record/refund-record.ts';
import { toTouch } from '../record/touch.ts';
import { type Alias, identities } from '../share/identity.ts';
import { Parts } from './parts.ts';
import { type RangeFile, rangeFiles } from './range-files.ts';
import { RangeRefunds } from './range-refunds.ts';
import { type Report, Tally } from './tally.ts';

/** Aliases and refunds of a range, which are all in memory: about 1 GB. */
const MOST_SAID = 5_000_000;

export interface ReportOptions extends AttributionStreams {
  readonly attribution: Attribution;
  readonly bucket: string;
  /** Conversions of `[from, to)`, ms, are shared. */
  readonly from: number;
  readonly to: number;
  /** Refunds of them in files of intervals before this, ms, are taken off; default: `to`. */
  readonly refundsUntil?: number;
  /** Called after each file. */
  readonly onProgress?: (done: { readonly files: number; readonly of: number; readonly records: number }) => void;
}

/** A report, and how many files it was made from. */
export type RangeReport = Report & { readonly files: number };

/**
 * Shares the value of a range's conversions, net of refunds, among channels under each declared model, by Markov removal
 * effects and by exact Shapley values. The files are listed: what is not there is nothing.
 * Memory: one of 128 parts of the visitors, and all aliases and refunds (5 million at most). Disk: about 200 bytes a touch,
 * in the folder for temporary files, removed in the end.
 * @throws TooMuchSaid
 */
export async function makeReport(options: ReportOptions): Promise<RangeReport> {
  const { attribution, layout } = options;
  const folder = mkdtempSync(join(tmpdir(), 'millrace-report-'));
  try {
    const range: RangeData = { parts: new Parts(folder), aliases: [], refunds: new RangeRefunds() };
    const { parts, aliases, refunds } = range;
    const files = await readRange(options, range);
    const nameOf = identities(aliases);
    if (attribution.aliases.length > 0) parts.regroup(nameOf);
    const tally = new Tally(attribution.models);
    const context = { nameOf, sessions: sessionsOf(attribution), lookback: lookbackOf(attribution, layout) };
    for (const { conversions, touches } of parts.read())
      tally.add({ conversions: refunds.takeOff(conversions), touches, ...context });
    return { ...tally.report(), files };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface RangeData {
  readonly parts: Parts;
  readonly aliases: Alias[];
  readonly refunds: RangeRefunds;
}

/** @returns the number of files. */
async function readRange(options: ReportOptions, range: RangeData): Promise<number> {
  const { attribution, layout, from, to, refundsUntil = to, onProgress } = options;
  const { conversions, touches, aliases, refunds } = attribution;
  const others = [conversions.collection, ...touches.collections, ...aliases.map(({ collection }) => collection)];
  const start = from - reachOf(attribution, layout);
  const wanted = [...new Set(others)].map((collection) => ({ collection, from: start, to }));
  if (refunds !== undefined) wanted.push({ collection: refunds.collection, from, to: Math.max(to, refundsUntil) });
  const files = await rangeFiles(attribution.project, wanted, options);
  let records = 0;
  for (const [index, file] of files.entries()) {
    const body = await readObjectIfPresent(file.bucket, file.key);
    if (body !== undefined) {
      const record = (record: JsonObject, line: number) => takeRecord(record, file, line, index, options, range);
      records += (await readRecords(body, { record, rejected: () => undefined })).accepted;
    }
    if (range.aliases.length + range.refunds.size > MOST_SAID) throw new TooMuchSaid();
    onProgress?.({ files: index + 1, of: files.length, records });
  }
  return files.length;
}

const everybody = { has: () => true };

function takeRecord(
  record: JsonObject,
  { collection, key, layout }: RangeFile,
  line: number,
  file: number,
  { attribution, from, to }: Pick<ReportOptions, 'attribution' | 'from' | 'to'>,
  { parts, aliases, refunds }: RangeData,
): void {
  const place = { collection, key, line, row: file * ROWS + line };
  if (collection === attribution.conversions.collection) {
    const conversion = toConversion(record, place, attribution, layout);
    if ('id' in conversion && conversion.time >= from && conversion.time < to)
      parts.addConversion({ ...conversion, row: place.row });
  }
  if (attribution.touches.collections.includes(collection)) {
    const touch = toTouch(record, place, everybody, attribution, layout);
    if (touch !== undefined) parts.addTouch(touch);
  }
  if (attribution.refunds?.collection === collection) {
    const refund = toRefund(record, place, attribution, layout);
    if (refund !== undefined && 'id' in refund) refunds.add(refund);
  }
  aliases.push(...toAliases(record, place, attribution, layout));
}

export class TooMuchSaid extends MillraceError {
  constructor() {
    super('too_much_said', `more than ${MOST_SAID} aliases and refunds in the range; report on a shorter one`, {
      retryable: false,
    });
  }
}
