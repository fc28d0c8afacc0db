/**
 * What a rule measures, and against what: the signals, checked.
 */
import * as z from 'zod';
import { comparisons, LiteralValue, PathText, ValueTypeName, WhereTree } from '../../where/index.ts';
import { Length } from './length.ts';

/** Windows one evaluation may need to look back over. */
export const MAX_BASELINE = 288;
/** Records of one step a sequence may ask for, and values an absence may expect. */
export const MAX_STEP_COUNT = 32;
const MAX_EXPECTED = 200;

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
export const NumericCompare = z.strictObject({ op: z.enum(comparisons), value: z.number() });
export type NumericCompare = z.infer<typeof NumericCompare>;

const Step = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'write lower-case letters, digits and hyphens, at most 32'),
  /** Which of the rule's records are of this step; one record may be of several. */
  source: z.strictObject({
    /** All of the rule's where absent. */
    collections: z.array(z.string().min(1).max(256)).min(1).max(10).optional(),
    where: WhereTree.optional(),
  }),
  /** So many records of it, 1 where absent. */
  count: z.number().int().min(1).max(MAX_STEP_COUNT).optional(),
  /** There must be none of it: between the steps around it or, after the last, until `within` is over. */
  absent: z.literal(true).optional(),
});
export type SequenceStep = z.infer<typeof Step>;

export const Signal = z.discriminatedUnion('kind', [
  /** Any record at all. */
  z.strictObject({ kind: z.literal('match') }),
  z.strictObject({
    kind: z.literal('absence'),
    /**
     * `any`: a record of any kind in every window. `values`: one of each partition named, which need not have been seen.
     * `seenWithin`: one of each partition that was seen so long before the window's end; then it is forgotten.
     */
    expect: z.union(
      [
        z.literal('any'),
        z.strictObject({ values: z.array(z.string().min(1).max(128)).min(1).max(MAX_EXPECTED) }),
        z.strictObject({ seenWithin: Length }),
      ],
      { error: 'write "any", {"values": ["a", "b"]} or {"seenWithin": "1d"}' },
    ),
  }),
  z.strictObject({
    kind: z.literal('sequence'),
    steps: z.array(Step).min(2).max(5),
    /** From the first record of a match to before so much later. */
    within: Length,
    /** Whether the steps have to come in the order written. */
    ordered: z.boolean().default(true),
  }),
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
