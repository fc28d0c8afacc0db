/**
 * What a rule is: the JSON a team writes, checked. A key this version does not know is an error, never ignored.
 */
import * as z from 'zod';
import { Severity } from '../event/index.ts';
import { DAY, milliseconds } from '../runtime/index.ts';
import { comparisons, LiteralValue, PathText, ValueTypeName, WhereTree } from '../where/index.ts';

/** Longest window, and longest age at which a latest value still counts. */
const MAX_WINDOW = 7 * DAY;
/** Windows one evaluation may need to look back over. */
const MAX_BASELINE = 288;

/** `30s`, `5m`, `1h`, `7d`. */
const Length = z
  .string()
  .regex(/^[1-9]\d{0,8}[smhd]$/, 'write a whole number and s, m, h or d, as in 5m')
  .refine((text) => !/^[1-9]\d{0,8}[smhd]$/.test(text) || milliseconds(text) <= MAX_WINDOW, 'at most 7d');

const Name = z.string().min(1).max(128);

const numeric = ['sum', 'avg', 'min', 'max', 'stddev', 'distinct'] as const;

const numericAggregates = [
  z.strictObject({ fn: z.literal('count') }),
  /** Records per length of time, over the window. */
  z.strictObject({ fn: z.literal('rate'), per: Length.default('1s') }),
  z.strictObject({ fn: z.enum(numeric), path: PathText }),
  z.strictObject({ fn: z.literal('percentile'), path: PathText, p: z.number().gt(0).lt(100) }),
] as const;

const NumericAggregate = z.discriminatedUnion('fn', numericAggregates);
export type NumericAggregate = z.infer<typeof NumericAggregate>;

const Aggregate = z.discriminatedUnion('fn', [
  ...numericAggregates,
  z.strictObject({ fn: z.literal('first'), path: PathText }),
  /** `maxAge`: without a window, how long a partition's latest value stands when nothing newer comes. */
  z.strictObject({ fn: z.literal('latest'), path: PathText, maxAge: Length.default('7d') }),
]);
export type Aggregate = z.infer<typeof Aggregate>;

/** One side of a ratio. */
const Share = z.discriminatedUnion('fn', [
  z.strictObject({ fn: z.literal('count'), where: WhereTree.optional() }),
  z.strictObject({ fn: z.literal('sum'), path: PathText, where: WhereTree.optional() }),
]);
export type Share = z.infer<typeof Share>;

/** A measured number against a threshold; a `first` or `latest` against any literal. */
const Compare = z.strictObject({ op: z.enum(comparisons), value: LiteralValue });
const NumericCompare = z.strictObject({ op: z.enum(comparisons), value: z.number() });
export type NumericCompare = z.infer<typeof NumericCompare>;

const Signal = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('aggregate'),
    aggregate: Aggregate,
    compare: Compare,
    /** Fewer measured records than this in a window are no data. */
    minCount: z.number().int().min(1).optional(),
  }),
  z.strictObject({
    kind: z.literal('change'),
    aggregate: NumericAggregate,
    /**
     * The window right before; that which began so much earlier; or the mean of the last n windows that had data. Never
     * the one under test.
     */
    against: z.union(
      [
        z.literal('previous'),
        z.strictObject({ offset: Length }),
        z.strictObject({ movingAverage: z.number().int().min(1).max(MAX_BASELINE) }),
      ],
      { error: 'write "previous", {"offset": "1d"} or {"movingAverage": 12}' },
    ),
    /** The difference itself; in percent of the baseline; or in standard deviations of the windows of a moving average. */
    as: z.enum(['absolute', 'percent', 'zscore']),
    direction: z.enum(['increase', 'decrease', 'either']),
    /** 40 with `percent` and `decrease` is a drop to 60 % of the baseline or less. */
    by: z.number().positive(),
    /** A baseline below this is too small to judge by. */
    minBaseline: z.number().nonnegative().default(0),
  }),
  z.strictObject({
    kind: z.literal('ratio'),
    numerator: Share,
    denominator: Share,
    /** Numerator by denominator. */
    compare: NumericCompare,
    /** A denominator below this, or of zero, is no data. */
    minDenominator: z.number().nonnegative().default(0),
  }),
  z.strictObject({
    kind: z.literal('schema'),
    required: z
      .array(z.strictObject({ path: PathText, type: ValueTypeName.optional() }))
      .min(1)
      .max(64),
    /** Records that lack a required property: how many, or what share of all (0 to 1). */
    as: z.enum(['count', 'rate']),
    compare: NumericCompare,
  }),
]);
export type Signal = z.infer<typeof Signal>;

/** Who has to breach: each partition for itself, or so many of the rule's partitions together. */
const Quantifier = z.union(
  [
    z.enum(['each', 'any', 'all']),
    z.strictObject({ atLeast: z.number().int().min(1) }),
    z.strictObject({ percent: z.number().positive().max(100) }),
  ],
  { error: 'write "each", "any", "all", {"atLeast": n} or {"percent": p}' },
);

export type Quantifier = z.infer<typeof Quantifier>;

/** Bounds of what a rule carries to be tested with, so that it still fits an item of the table with room to spare. */
const MAX_TESTS = 20;
const MAX_TEST_RECORDS = 200;

const Instant = z.iso.datetime({ offset: true });

/** Records in, episodes out. */
const RuleTest = z.strictObject({
  name: Name,
  /** As they lie in a file of a collection the rule reads; in any order. */
  records: z.array(z.record(z.string(), z.json())).min(1).max(MAX_TEST_RECORDS),
  /** Watermark up to which it is evaluated; the end of the last window with a record where absent. */
  until: Instant.optional(),
  /** All episodes there have to be, in order of start; of each, what is written here. */
  episodes: z
    .array(
      z.strictObject({
        startedAt: Instant,
        /** `null`: still firing. */
        resolvedAt: Instant.nullable().optional(),
        partition: z.record(z.string(), z.string()).optional(),
        severity: Severity.optional(),
        value: z.string().optional(),
        summary: z.string().optional(),
      }),
    )
    .max(MAX_TEST_RECORDS),
});
export type RuleTest = z.output<typeof RuleTest>;

const Shape = z.strictObject({
  /** For editors; means nothing here. */
  $schema: z.string().max(256).optional(),
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'write lower-case letters, digits and hyphens, at most 64'),
  name: Name,
  enabled: z.boolean().default(true),
  project: z.string().min(1).max(256),
  source: z.strictObject({
    collections: z.array(z.string().min(1).max(256)).min(1).max(10),
    where: WhereTree.optional(),
  }),
  /** A record whose value at one of these paths is missing or no scalar belongs to no partition and is not counted. */
  partitionBy: z.array(PathText).min(1).max(4).optional(),
  /** Tumbling, `[start, end)`, aligned to UTC and shifted by `offset`. */
  window: z.strictObject({ kind: z.literal('tumbling'), size: Length, offset: Length.optional() }).optional(),
  signal: Signal,
  quantifier: Quantifier.default('each'),
  /** How long it has to breach before it fires: from the end of the first breaching window to that of a later one. */
  for: Length.optional(),
  /** How long it has to be fine before it resolves, counted in the same way. */
  keepFiringFor: Length.optional(),
  /** What has to hold before a firing alert counts as fine: a threshold apart from the one that fires it. */
  recover: NumericCompare.optional(),
  /**
   * What a window without data is: `ok` not breaching; `firing` breaching; `keep` as if it were not there; `nodata` the
   * end of the episode at once, whatever `keepFiringFor` says.
   */
  noData: z.enum(['ok', 'nodata', 'keep', 'firing']).default('ok'),
  severity: Severity,
  time: z
    .strictObject({
      /** Where records carry their event time; the layout's path where absent. */
      path: PathText.optional(),
      /** How long a window stays open behind the watermark. */
      allowedLateness: Length.optional(),
      /** How far after its file's arrival a record may claim to be. */
      maxFuture: Length.default('5m'),
      /** How long after a window closed late records still revise its alerts; later ones are dropped and counted. */
      grace: Length.default('1h'),
    })
    .prefault({}),
  notify: z.strictObject({ routes: z.array(Name).max(10), sendResolved: z.boolean().default(true) }),
  labels: z.record(z.string().min(1).max(64), z.string().max(256)).default({}),
  /** The summary of an alert, with `{name}`, `{value}`, `{threshold}`, `{start}`, `{end}`, `{partition.<path>}`, `{labels.<key>}`. */
  template: z.string().min(1).max(500).default('{name}: {value} ({threshold})'),
  /** `staging`: evaluates and records, and tells nobody. */
  stage: z.enum(['live', 'staging']).default('live'),
  /** What `rules test` holds it to. */
  tests: z.array(RuleTest).max(MAX_TESTS).default([]),
});

const ordering = new Set<string>(['lt', 'lte', 'gt', 'gte']);

/** A rule; its version is given where it is stored. */
export const Rule = Shape.superRefine((rule, context) => {
  const issue = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
  const { signal, window } = rule;
  const latest = signal.kind === 'aggregate' && signal.aggregate.fn === 'latest';
  const literal = latest || (signal.kind === 'aggregate' && signal.aggregate.fn === 'first');
  if (window === undefined && !latest)
    issue(['window'], 'only "latest" works without a window; add {"kind": "tumbling", "size": "5m"}');
  if (window?.offset !== undefined && milliseconds(window.offset) >= milliseconds(window.size)) {
    issue(['window', 'offset'], 'an offset is shorter than the window');
  }
  if (signal.kind === 'aggregate' && !literal && typeof signal.compare.value !== 'number') {
    issue(['signal', 'compare', 'value'], `${signal.aggregate.fn} is a number; compare it with one`);
  }
  if (
    signal.kind === 'aggregate' &&
    literal &&
    ordering.has(signal.compare.op) &&
    !['number', 'string'].includes(typeof signal.compare.value)
  ) {
    issue(['signal', 'compare', 'value'], `${signal.compare.op} orders numbers or strings; use eq or neq`);
  }
  if (signal.kind === 'change' && window !== undefined) changeIssues(signal, milliseconds(window.size), issue);
  if (rule.recover !== undefined && (literal || signal.kind === 'change')) {
    issue(['recover'], 'recovery is a threshold of a number; use keepFiringFor');
  }
  if (rule.recover !== undefined && rule.quantifier !== 'each') {
    issue(['recover'], 'partitions judged together recover together; use "each", or keepFiringFor');
  }
  if (signal.kind === 'change' && rule.quantifier !== 'each') {
    issue(['quantifier'], 'a change is judged for each partition by its own history; use "each"');
  }
  if (rule.quantifier !== 'each' && rule.partitionBy === undefined) {
    issue(['partitionBy'], 'a quantifier over partitions needs the paths that tell them apart');
  }
  for (const name of placeholdersOf(rule.template)) {
    if (!isKnownPlaceholder(name, rule))
      issue(['template'], `{${name}} is not known; see the placeholders in the schema`);
  }
});
export type Rule = z.output<typeof Rule>;
/** A rule as written, before defaults. */
export type RuleInput = z.input<typeof Rule>;

function changeIssues(
  { against, as }: Extract<Signal, { kind: 'change' }>,
  size: number,
  issue: (path: (string | number)[], message: string) => void,
): void {
  const at = ['signal', 'against'];
  if (as === 'zscore' && (typeof against === 'string' || 'offset' in against || against.movingAverage < 2)) {
    issue(at, 'standard deviations need the spread of several windows; use {"movingAverage": 12}');
  }
  if (typeof against === 'string' || !('offset' in against)) return;
  const windows = milliseconds(against.offset) / size;
  if (!Number.isInteger(windows)) issue(at, 'an offset is a multiple of the window');
  if (windows > MAX_BASELINE) issue(at, `an offset is at most ${MAX_BASELINE} windows; use longer windows`);
}

/** The names between braces in a template. */
export function placeholdersOf(template: string): string[] {
  return [...template.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? '');
}

function isKnownPlaceholder(name: string, rule: z.output<typeof Shape>): boolean {
  if (['name', 'value', 'threshold', 'start', 'end'].includes(name)) return true;
  if (name.startsWith('labels.')) return Object.hasOwn(rule.labels, name.slice('labels.'.length));
  if (!name.startsWith('partition.') || rule.quantifier !== 'each') return false;
  return rule.partitionBy?.includes(name.slice('partition.'.length)) ?? false;
}
