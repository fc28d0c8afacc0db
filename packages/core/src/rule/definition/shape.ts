/**
 * The shape of a rule: the JSON a team writes, key by key. A key this version does not know is an error, never ignored. What
 * keys ask of one another is in contradictions.ts.
 */
import * as z from 'zod';
import { Severity } from '../../event/index.ts';
import { PathText, WhereTree } from '../../where/index.ts';
import { Length } from './length.ts';
import { NumericCompare, Signal } from './signal-schema.ts';

/** Records a count window may hold. */
const MAX_COUNT = 1000;
/** Windows an M-of-N may look at. */
const MAX_POINTS = 100;

const Name = z.string().min(1).max(128);

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

/** Every one `[start, end)`. */
const Window = z.discriminatedUnion('kind', [
  /** One after the other, aligned to UTC and shifted by `offset`. */
  z.strictObject({ kind: z.literal('tumbling'), size: Length, offset: Length.optional() }),
  /** One every `hop`, aligned to UTC, so that they overlap. */
  z.strictObject({ kind: z.literal('sliding'), size: Length, hop: Length }),
  /** From a record to where none has come for `gap`; cut where it gets longer than `max`. */
  z.strictObject({ kind: z.literal('session'), gap: Length, max: Length }),
  /** The newest `n` records, none of them older than `maxAge`; fewer are no data. */
  z.strictObject({ kind: z.literal('count'), n: z.number().int().min(1).max(MAX_COUNT), maxAge: Length }),
]);
export type Window = z.infer<typeof Window>;

/** Another severity, with a threshold and an episode of its own. */
const Level = z.strictObject({ severity: Severity, compare: NumericCompare, recover: NumericCompare.optional() });
export type Level = z.infer<typeof Level>;

/** Bounds of what a rule carries to be tested with, so that it still fits an item of the table with room to spare. */
const MAX_TESTS = 20;
const MAX_TEST_RECORDS = 200;

const Instant = z.iso.datetime({ offset: true });

const TestRecords = z.array(z.record(z.string(), z.json())).min(1).max(MAX_TEST_RECORDS);

/** Records in, episodes out. */
const RuleTest = z.strictObject({
  name: Name,
  /** As they lie in a file, in any order: of the first collection the rule reads; or by collection. */
  records: z.union([TestRecords, z.record(z.string(), TestRecords)], {
    error: 'write records, or {"collection": [records]}, 1 to 200 of each',
  }),
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

export const Shape = z.strictObject({
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
  /**
   * Records of a partition whose values at these paths are the same count once in a window: the first of them by event time. A
   * record without a scalar at one of the paths counts by itself.
   */
  dedupeBy: z.union([PathText, z.array(PathText).min(1).max(4)]).optional(),
  window: Window.optional(),
  signal: Signal,
  quantifier: Quantifier.default('each'),
  /**
   * Fires as soon as the records that came reach the threshold, before the window is over. Of conditions that more records cannot
   * undo.
   */
  early: z.literal(true).optional(),
  /** How many of the last windows have to breach. */
  mOfN: z
    .strictObject({ m: z.number().int().min(1).max(MAX_POINTS), n: z.number().int().min(1).max(MAX_POINTS) })
    .optional(),
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
  /** More severities, each with a threshold of its own. */
  levels: z.array(Level).min(1).max(2).optional(),
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
  notify: z.strictObject({
    routes: z.array(Name).max(10),
    /** One message for the rule's alerts that agree in these labels; `[]`: for all of them. */
    groupBy: z.array(Name).max(10).optional(),
    /** From a group's first alert to its first message. */
    groupWait: Length.optional(),
    /** How long until an alert that still fires, and that nobody has acknowledged, is told again. */
    repeat: Length.optional(),
    /** How long after an alert the next one of the same severity and partition is held back. */
    cooldown: Length.optional(),
    sendResolved: z.boolean().default(true),
  }),
  labels: z.record(z.string().min(1).max(64), z.string().max(256)).default({}),
  /** The summary of an alert, with `{name}`, `{value}`, `{threshold}`, `{start}`, `{end}`, `{partition.<path>}`, `{labels.<key>}`. */
  template: z.string().min(1).max(500).default('{name}: {value} ({threshold})'),
  /** `staging`: evaluates and records, and tells nobody. */
  stage: z.enum(['live', 'staging']).default('live'),
  /** What `rules test` holds it to. */
  tests: z.array(RuleTest).max(MAX_TESTS).default([]),
});
export type Shape = z.output<typeof Shape>;
