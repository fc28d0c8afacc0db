/**
 * Every event type there is. Files travel as pointers: bucket, key, size, etag; never their records.
 */
import * as z from 'zod';
import { onFirstUse } from '../runtime/index.ts';
import { defineEvent, type EventDefinition } from './define.ts';

const time = z.iso.datetime();
const count = z.number().int().min(0);
const name = z.string().min(1).max(256);
type SchemaOf<Make extends () => z.ZodType> = z.infer<ReturnType<Make>>;

/** Which file: enough to read exactly that version of it. */
const filePointer = onFirstUse(() =>
  z.object({
    bucket: name,
    /** Not URL-encoded. */
    key: z.string().min(1).max(1024),
    /** Bytes as stored. */
    size: count,
    /** Without quotes. */
    etag: z.string().min(1),
  }),
);
export type FilePointer = SchemaOf<typeof filePointer>;

/** A stream file: the pointer, and what its layout says it holds. */
const streamFile = onFirstUse(() =>
  filePointer().extend({
    project: name,
    collection: name,
    /** Start of the interval it holds. */
    interval: time,
    /** Length of the interval in milliseconds. */
    intervalLength: z.number().int().positive(),
    /** When it reached the bucket (S3's LastModified): a fact of the file, so the same at every delivery. */
    receivedAt: time,
    /** `producer` for a file from outside, else the workflow that derived it. */
    writtenBy: name,
  }),
);
export type StreamFile = SchemaOf<typeof streamFile>;

/** A stream file is ready. */
export const StreamFileReceived = defineEvent('stream.file_received', streamFile);

/** A workflow (or ingest) rejected lines of a file, or the whole of it. */
export const StreamFileQuarantined = defineEvent('stream.file_quarantined', () =>
  z.object({
    file: filePointer(),
    /** Where the key told it. */
    collection: name.optional(),
    workflow: name,
    /** Lines rejected; 0 where the file as a whole was. */
    lines: count,
    /** Lines by reason code. */
    reasons: z.record(z.string(), count),
    /** Key of the quarantine file, in the same bucket; absent where the whole file was rejected and lies where it is. */
    quarantineKey: z.string().min(1).optional(),
  }),
);

const derivedFile = onFirstUse(() =>
  z.object({
    source: streamFile(),
    written: filePointer().extend({ project: name, collection: name, interval: time }),
    /** The declaration in packages/pipeline that asked for it. */
    declaredBy: name,
    /** Records in the source that were read and accepted, and records written. */
    accepted: count,
    records: count,
  }),
);

/** A derived file is ready, and from what. */
export const CopyFileWritten = defineEvent('copy.file_written', derivedFile);
export const EnrichmentFileWritten = defineEvent('enrichment.file_written', derivedFile);
export const AttributionFileWritten = defineEvent('attribution.file_written', () =>
  derivedFile().extend({ conversions: count, credits: count, intervalsMissing: z.array(time) }),
);

/** One record of a file, for rules that match on what it says. Only copies with a `bus` sink make these. */
export const CopyRecordCopied = defineEvent('copy.record_copied', () =>
  z.object({
    source: filePointer(),
    /** Of the source, from 1. */
    line: z.number().int().min(1),
    collection: name,
    interval: time,
    /** The declaration in packages/pipeline that asked for it. */
    declaredBy: name,
    /** As shaped by the declaration; a producer's data, so anything. */
    record: z.custom<Readonly<Record<string, unknown>>>(
      (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      'a record is an object',
    ),
  }),
);

export const Severity = z.enum(['info', 'warning', 'critical']);
export type Severity = z.infer<typeof Severity>;

const length = z.number().int().positive();

const notifySettings = onFirstUse(() =>
  z.object({
    /** Names of labels or of `partitionBy` paths: alerts that agree in them are told in one message. */
    groupBy: z.array(name).max(10).optional(),
    groupWait: length.optional(),
    repeat: length.optional(),
    cooldown: length.optional(),
  }),
);
export type NotifySettings = SchemaOf<typeof notifySettings>;

/** One alert episode at one point of its life. Times are event times. */
const alertEpisodeSnapshot = onFirstUse(() =>
  z.object({
    /** Hash of rule, evaluation group and the window that opened it. */
    episode: name,
    /** 1 for the raise, one more at each later transition of the episode. */
    sequence: z.number().int().min(1),
    rule: z.object({ id: name, version: z.number().int().min(1), name: z.string() }),
    severity: Severity,
    /** Values of `partitionBy` that name the partition; empty for a rule-wide episode. */
    partition: z.record(z.string(), z.string()),
    startedAt: time,
    resolvedAt: time.optional(),
    /** The window that caused the transition, `[start, end)`. */
    window: z.object({ start: time, end: time }),
    /** What was measured, and what against: `value` is text because a latest value may be any literal. */
    value: z.string().max(512),
    threshold: z.string().max(512),
    /** What the last windows measured, oldest first, that of this window last; absent where no number is measured. */
    series: z.array(z.number()).max(48).optional(),
    /** Names of routes in packages/pipeline/src/routes.ts. */
    routes: z.array(name),
    sendResolved: z.boolean(),
    /** How its rule wants it told, where it does not leave that to its routes; lengths in ms. */
    notify: notifySettings().optional(),
    /** Of a raise: the rule's other levels that fire for the same partition from the same window on, or did already. */
    siblings: z
      .array(z.object({ episode: name, severity: Severity, startedAt: time }))
      .max(2)
      .optional(),
    labels: z.record(z.string(), z.string()),
    /** A sentence for people, made from the rule's template. */
    summary: z.string().max(1000),
  }),
);
export type AlertEpisodeSnapshot = SchemaOf<typeof alertEpisodeSnapshot>;

export const RuleAlertRaised = defineEvent('rule.alert_raised', alertEpisodeSnapshot);
export const RuleAlertResolved = defineEvent('rule.alert_resolved', alertEpisodeSnapshot);
/** Late data changed what was announced: `sequence` says of which state this is the revision. */
export const RuleAlertRevised = defineEvent('rule.alert_revised', () =>
  alertEpisodeSnapshot().extend({
    status: z.enum(['firing', 'resolved', 'withdrawn']),
    reason: z.string(),
    /**
     * Orders what revises an episode at one `sequence`, and tells apart two that say the same: one more than that of the episode's
     * last revision, 1 where there is none or it is past the rule's grace. Absent on events of before it was counted.
     */
    revision: z.number().int().min(1).optional(),
  }),
);

const deliveryOutcome = onFirstUse(() =>
  z.object({
    delivery: name,
    episode: name,
    sequence: z.number().int().min(1),
    route: name,
    kind: name,
    attempts: z.number().int().min(1),
  }),
);

/** What became of a notification. */
export const AlertDelivered = defineEvent('alert.delivered', deliveryOutcome);
export const AlertDeliveryFailed = defineEvent('alert.delivery_failed', () =>
  deliveryOutcome().extend({ reason: z.string() }),
);

export const catalogue: readonly EventDefinition[] = [
  StreamFileReceived,
  StreamFileQuarantined,
  CopyFileWritten,
  CopyRecordCopied,
  EnrichmentFileWritten,
  AttributionFileWritten,
  RuleAlertRaised,
  RuleAlertResolved,
  RuleAlertRevised,
  AlertDelivered,
  AlertDeliveryFailed,
];
