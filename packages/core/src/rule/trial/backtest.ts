/**
 * A rule over files that already lie in S3: what it would have raised, and the series behind it. Nothing is written.
 */
import { concurrently, DAY, hash, iso, MillraceError } from '../../runtime/index.ts';
import { streamsBucket } from '../../runtime/resource.ts';
import { type Layout, readObjectIfPresent, readRecords } from '../../stream/index.ts';
import { Candidates } from '../collect/candidates.ts';
import { Collector } from '../collect/collect.ts';
import { type CompiledRule, compileRule } from '../collect/compile.ts';
import type { Rule } from '../definition/schema.ts';
import { addContribution, evaluateGroups, type Groups, type RecordEvaluation } from './evaluate-records.ts';
import { type FoundFile, findFiles } from './find-files.ts';

/** Longer than this, a back-test takes minutes and nobody looks at the series. */
const MAX_PERIOD = 31 * DAY;
/** Files read at once: decompression is what takes time, and the machine has few cores. */
const PARALLEL = 4;

export interface BacktestOptions {
  /** Whose files; the rule's own project where absent. */
  readonly project?: string;
  /** `[from, to)`, ms: the intervals of the files, and the windows judged. */
  readonly from: number;
  readonly to: number;
  readonly layout: Layout;
  /** The bucket of the streams where absent. */
  readonly bucket?: string;
}

/** What came of a back-test, and how much it saw. */
export interface Backtest extends RecordEvaluation {
  readonly files: number;
  readonly records: number;
  /** Lines that cannot be read. */
  readonly rejected: number;
  /** Records of partitions beyond the rule's limit. */
  readonly overflowed: number;
}

/** The time asked for is none, or too long. */
export class InvalidPeriod extends MillraceError {
  constructor(from: number, to: number) {
    super(
      'invalid_period',
      `${text(from)} to ${text(to)} is no period of at most ${MAX_PERIOD / DAY} days; give another`,
      {
        retryable: false,
      },
    );
  }
}

function text(time: number): string {
  return Number.isFinite(time) ? iso(time) : String(time);
}

/**
 * Evaluates a rule over the stream files of a period, by the code that evaluates it live, as if each had come in time.
 * Tumbling windows that began before `from` are not judged: they are not all there. Of a sliding one that reaches back behind it,
 * what lies within the period is judged.
 * @throws InvalidPeriod
 */
export async function backtest(rule: Rule, options: BacktestOptions): Promise<Backtest> {
  const { from, to, layout, project = rule.project, bucket = streamsBucket() } = options;
  if (!(from < to && to - from <= MAX_PERIOD)) throw new InvalidPeriod(from, to);
  const compiled = compileRule({ rule: { ...rule, project }, version: 1 }, layout);
  const files = await findFiles({ bucket, project, collections: rule.source.collections, from, to, layout });
  const groups: Groups = new Map();
  const seen = { files: 0, records: 0, rejected: 0, overflowed: 0 };
  await concurrently(files, PARALLEL, async (file) => {
    const collector = new Collector(new Candidates([compiled]), { ...file, id: hash(bucket, file.key) });
    const counts = await readFile(bucket, file, collector);
    if (counts === undefined) return;
    addAll(compiled, groups, collector, from);
    seen.files++;
    seen.records += counts.accepted;
    seen.rejected += counts.quarantined;
    seen.overflowed += collector.overflowed;
  });
  return { ...evaluateGroups(compiled, groups, to - compiled.allowedLateness), ...seen };
}

async function readFile(bucket: string, { key }: FoundFile, collector: Collector) {
  const body = await readObjectIfPresent(bucket, key);
  if (body === undefined) return undefined;
  return await readRecords(body, {
    record: (record, line) => collector.add(record, line),
    rejected: () => undefined,
  });
}

function addAll(compiled: CompiledRule, groups: Groups, collector: Collector, from: number): void {
  for (const { rule, contributions } of collector.contributions()) {
    if (rule !== compiled) continue;
    for (const contribution of contributions) {
      if (contribution.window >= from) addContribution(compiled, groups, contribution);
    }
  }
}
