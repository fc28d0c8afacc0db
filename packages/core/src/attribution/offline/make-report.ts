/**
 * The offline report: every file of a range is read once, what it says of each visitor is laid out on disk by visitor, and
 * then visitors are taken a part at a time.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MillraceError } from '../../runtime/index.ts';
import { intervalsOf, type JsonObject, type Layout, readObjectIfPresent, readRecords } from '../../stream/index.ts';
import { toAliases } from '../alias.ts';
import { toConversion } from '../conversion.ts';
import { type Attribution, lookbackOf, reachOf, sessionsOf } from '../definition.ts';
import { type Alias, identities } from '../identity.ts';
import { toTouch } from '../touch.ts';
import { Parts } from './parts.ts';
import { type Report, Tally } from './tally.ts';

/** Lines of a file, at most; rows of the next file come after. */
const ROWS = 2 ** 32;
/** Aliases of a range, which are all in memory: about 1 GB. */
const MOST_ALIASES = 5_000_000;

export interface ReportOptions {
  readonly attribution: Attribution;
  readonly layout: Layout;
  readonly bucket: string;
  /** Conversions of `[from, to)`, ms, are shared. */
  readonly from: number;
  readonly to: number;
  /** Called after each interval. */
  readonly onProgress?: (done: { readonly intervals: number; readonly of: number; readonly records: number }) => void;
}

/**
 * Shares the value of a range's conversions among channels under each declared model, by Markov removal effects and by
 * exact Shapley values. Refunds of the range are conversions of their own only where they are records of that collection.
 * Memory: one of 128 parts of the visitors, and all aliases (5 million at most). Disk: about 200 bytes a touch, in the
 * folder for temporary files, removed in the end.
 */
export async function makeReport(options: ReportOptions): Promise<Report> {
  const { attribution, layout } = options;
  const folder = mkdtempSync(join(tmpdir(), 'millrace-report-'));
  try {
    const parts = new Parts(folder);
    const nameOf = identities(await readRange(options, parts));
    if (attribution.aliases.length > 0) parts.regroup(nameOf);
    const tally = new Tally(attribution.models);
    const context = { nameOf, sessions: sessionsOf(attribution), lookback: lookbackOf(attribution, layout) };
    for (const part of parts.read()) tally.add({ ...part, ...context });
    return tally.report();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns the aliases of the range. @throws TooManyAliases */
async function readRange(options: ReportOptions, parts: Parts): Promise<Alias[]> {
  const { attribution, layout, from, to } = options;
  const aliases: Alias[] = [];
  const { conversions, touches, aliases: declared } = attribution;
  const collections = new Set([
    conversions.collection,
    ...touches.collections,
    ...declared.map(({ collection }) => collection),
  ]);
  const intervals = [...intervalsOf({ from: from - reachOf(attribution, layout), to }, layout.intervalLength)];
  let files = 0;
  let records = 0;
  for (const [done, interval] of intervals.entries()) {
    for (const collection of collections) {
      const key = layout.key({ project: attribution.project, collection, interval });
      const body = await readObjectIfPresent(options.bucket, key);
      if (body === undefined) continue;
      const first = files++ * ROWS;
      const take = (record: JsonObject, line: number) => {
        const place = { collection, key, line, row: first + line };
        takeRecord(record, place, options, { parts, aliases });
      };
      const counts = await readRecords(body, { record: take, rejected: () => undefined });
      records += counts.accepted;
      if (aliases.length > MOST_ALIASES) throw new TooManyAliases();
    }
    options.onProgress?.({ intervals: done + 1, of: intervals.length, records });
  }
  return aliases;
}

const everybody = { has: () => true };

function takeRecord(
  record: JsonObject,
  place: { readonly collection: string; readonly key: string; readonly line: number; readonly row: number },
  { attribution, layout, from, to }: ReportOptions,
  { parts, aliases }: { readonly parts: Parts; readonly aliases: Alias[] },
): void {
  const { conversions, touches } = attribution;
  if (place.collection === conversions.collection) {
    const conversion = toConversion(record, place, attribution, layout);
    if ('id' in conversion && conversion.time >= from && conversion.time < to)
      parts.addConversion({ ...conversion, row: place.row });
  }
  if (touches.collections.includes(place.collection)) {
    const touch = toTouch(record, place, everybody, attribution, layout);
    if (touch !== undefined) parts.addTouch(touch);
  }
  aliases.push(...toAliases(record, place, attribution, layout));
}

export class TooManyAliases extends MillraceError {
  constructor() {
    super('too_many_aliases', `more than ${MOST_ALIASES} aliases in the range; report on a shorter one`, {
      retryable: false,
    });
  }
}
