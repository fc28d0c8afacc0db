/**
 * The enricher's run over one stream file: one read, one derived file for each enrichment that wants it. A run whose time
 * ends is handed over.
 */
import { type HandOver, publish } from '../bus/index.ts';
import { copyOf } from '../change/index.ts';
import { EnrichmentFileWritten, type EventOf, follow, type StreamFileReceived } from '../event/index.ts';
import { hash } from '../runtime/index.ts';
import { streamsBucket } from '../runtime/resource.ts';
import {
  checkpointStore,
  createStreamFileWriter,
  type FileHandlers,
  goOn,
  type JsonObject,
  LateRejections,
  type Layout,
  leaveRun,
  markDone,
  progressOf,
  type Rejection,
  type RunIdentity,
  readStreamFilePart,
  type StoppedReading,
  type StreamFileWriter,
  type SuspendedWriter,
  type WriterTarget,
  type WrittenFile,
} from '../stream/index.ts';
import type { Enrichment } from './declaration.ts';
import { type SavedSnapshot, Snapshots } from './snapshot/index.ts';
import { begin, complete, type Draft, type LookupCounts, type OpenPlan, openPlan, toBytes, toJson } from './steps.ts';

const WORKFLOW = 'enricher';

/** Records that wait to be asked about at once … */
const BATCH_RECORDS = 500;
/** … or this many bytes of them as read. What one chunk of input holds comes on top. */
const BATCH_BYTES = 4 * 1024 * 1024;

interface EnrichOptions {
  readonly enrichments: readonly Enrichment[];
  readonly layout: Layout;
  /** Where enriched files go; default: the streams bucket. */
  readonly bucket?: string;
  /** When to stop, and who goes on then; without it the run has all the time it needs. */
  readonly handOver?: HandOver;
}

type Received = EventOf<typeof StreamFileReceived>;

/** A run, as far as it is settled before it begins. */
interface Run extends RunIdentity {
  readonly event: Received;
  readonly targets: readonly { readonly enrichment: Enrichment; readonly target: WriterTarget }[];
  readonly handOver: HandOver | undefined;
}

/** What a run had come to when it was handed over. */
interface RunState {
  readonly reading: StoppedReading;
  readonly counts: Counts;
  readonly outputs: readonly SuspendedWriter[];
  readonly snapshots: readonly SavedSnapshot[];
}

/**
 * Enriches a file for every enrichment that selects it, announces each output and marks the file done, last. Cut off
 * anywhere and run again, it writes the same bytes to the same keys and publishes events with the same ids, as long as
 * whoever it asks answers the same. The same holds where it is handed over, once or more. A line that one enrichment
 * quarantines is in no output.
 * Memory: beside reader, writers and databases, one batch of records (500, or 4 MiB as read), with the texts they were
 * parsed from, for each enrichment that asks others.
 */
export async function enrichFile(event: Received, options: EnrichOptions): Promise<void> {
  const file = event.properties;
  const enrichments = options.enrichments.filter((enrichment) => enrichment.selects(file));
  if (enrichments.length === 0) return;
  const progress = await progressOf(WORKFLOW, file);
  if (progress.done) return;
  const run = settle(event, { ...options, enrichments });
  await goOn<RunState>(run, progress.checkpoint, (before) => work(run, before));
}

function settle(event: Received, { enrichments, layout, handOver, ...options }: EnrichOptions): Run {
  const { properties: source, metadata: cause } = event;
  const bucket = options.bucket ?? streamsBucket();
  const targets = enrichments.map((enrichment) => {
    const placement = enrichment.placement(source, layout);
    return { enrichment, target: { bucket, layout, placement, source, cause, workflow: WORKFLOW } };
  });
  const keys = targets.map(({ target }) => layout.key(target.placement));
  const asked = hash(...enrichments.map(({ fingerprint }) => fingerprint), ...keys);
  return { event, bucket, workflow: WORKFLOW, asked, targets, handOver };
}

async function work(run: Run, before: RunState | undefined): Promise<void> {
  const { event, handOver } = run;
  const snapshots = new Snapshots(checkpointStore(run), before?.snapshots);
  const scope = { file: event.properties, snapshots };
  const opening = run.targets.map(async ({ enrichment, target }, index): Promise<FileOutput> => {
    const plan = await openPlan(enrichment.plan, scope);
    return { enrichment, plan, writer: createStreamFileWriter(target, before?.outputs[index]) };
  });
  const outputs = await Promise.all(opening);
  const { counts, written, left } = await writeEnriched(run, outputs, before);
  if (left !== undefined) {
    if (handOver === undefined) return;
    const state: RunState = { ...left, snapshots: await snapshots.save() };
    await leaveRun(run, event, { state, counts, handOver });
    return;
  }
  await publish(written.map((one) => announcement(event, one, counts.accepted)));
  const enriched = written.reduce((sum, one) => sum + one.file.records, 0);
  const keys = written.map((one) => one.file.key);
  await markDone(WORKFLOW, event.properties, { counts: { ...counts, enriched }, outputs: keys });
}

/** An enrichment, ready for one file, and what takes its records. */
interface Output {
  readonly enrichment: Enrichment;
  readonly plan: OpenPlan;
  readonly writer: Pick<StreamFileWriter, 'write' | 'writeBytes' | 'drained'>;
}

interface FileOutput extends Output {
  readonly writer: StreamFileWriter;
}

/** Where it throws, no upload is left open; an output that was complete by then is written over by the next run. */
async function writeEnriched(
  { event: { properties: file, metadata: cause }, handOver }: Run,
  outputs: readonly FileOutput[],
  before: RunState | undefined,
) {
  try {
    const enriching = new Enriching(outputs, before?.counts);
    const part = { before: before?.reading, due: handOver?.due };
    const { counts: lines, stopped } = await readStreamFilePart({ file, workflow: WORKFLOW, cause }, enriching, part);
    const counts = { ...lines, ...enriching.counts };
    if (stopped !== undefined) {
      const suspended = await Promise.all(outputs.map(({ writer }) => writer.suspend()));
      const left = { reading: stopped, counts: enriching.counts, outputs: suspended };
      return { counts, written: [], left };
    }
    const written = outputs.map(async ({ enrichment, writer }) => ({ enrichment, file: await writer.finish() }));
    return { counts, written: await Promise.all(written) };
  } catch (caught) {
    await Promise.allSettled(outputs.map(({ writer }) => writer.abort()));
    throw caught;
  }
}

/** Beside lines: what was asked for, and records on which a failure was noted. */
type Counts = LookupCounts & { noted: number };

/** A record that waits for its batch to be asked about. */
interface Waiting {
  /** For each output. */
  readonly drafts: readonly Draft[];
  readonly line: number;
  readonly offset: number;
  /** Copied only where the line may still be rejected. */
  readonly bytes: Buffer;
}

const NOT_KEPT = Buffer.alloc(0);

/** What the enricher does with the records of a file. */
export class Enriching implements FileHandlers {
  readonly counts: Counts;
  readonly late: LateRejections | undefined;
  readonly #outputs: readonly Output[];
  readonly #asks: boolean;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;

  /** @param before what an earlier run over the same file had counted. */
  constructor(outputs: readonly Output[], before: Counts = { lookups: 0, misses: 0, noted: 0 }) {
    this.#outputs = outputs;
    this.counts = { ...before };
    this.#asks = outputs.some(({ plan }) => plan.batched.length > 0);
    this.late = outputs.some(({ plan }) => plan.rejectsLate) ? new LateRejections() : undefined;
  }

  record(record: JsonObject, line: number, bytes: Buffer, offset: number): Rejection | undefined {
    const drafts: Draft[] = [];
    const text = bytes.toString('latin1');
    for (const [index, { plan }] of this.#outputs.entries()) {
      const last = index === this.#outputs.length - 1; // it may have the record itself
      const draft = begin(plan, last ? record : copyOf(record), text);
      if (draft.rejection !== undefined) return draft.rejection;
      drafts.push(draft);
    }
    if (!this.#asks) {
      this.#write(drafts);
      return undefined;
    }
    this.#waiting.push({ drafts, line, offset, bytes: this.late === undefined ? NOT_KEPT : Buffer.from(bytes) });
    this.#waitingBytes += bytes.length;
    return undefined;
  }

  drained(): Promise<void> | undefined {
    const full = this.#waiting.length >= BATCH_RECORDS || this.#waitingBytes >= BATCH_BYTES;
    return full ? this.ended() : this.#outputsDrained();
  }

  /** Asks about the records that wait, and writes them. */
  async ended(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const [index, { plan }] of this.#outputs.entries()) {
      const drafts = waiting.flatMap((one) => one.drafts[index] ?? []);
      await complete(plan, drafts, this.counts);
    }
    for (const { drafts, ...at } of waiting) {
      const rejection = drafts.find((draft) => draft.rejection !== undefined)?.rejection;
      if (rejection === undefined) this.#write(drafts);
      else this.late?.reject({ ...rejection, ...at });
    }
    this.late?.settled();
    await this.#outputsDrained();
  }

  #write(drafts: readonly Draft[]): void {
    for (const [index, draft] of drafts.entries()) {
      const output = this.#outputs[index];
      if (output === undefined) continue;
      const { enrichment, plan, writer } = output;
      if (draft.failures.length > 0) this.counts.noted += 1;
      const inserted = toBytes(plan, draft, enrichment.name);
      if (inserted === undefined) writer.write(toJson(draft, enrichment.name));
      else writer.writeBytes(inserted);
    }
  }

  #outputsDrained(): Promise<void> | undefined {
    const waits = this.#outputs.map(({ writer }) => writer.drained()).filter((wait) => wait !== undefined);
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
  }
}

function announcement(
  { properties: source, metadata }: Received,
  { enrichment, file }: { enrichment: Enrichment; file: WrittenFile },
  accepted: number,
) {
  const { records, ...written } = file;
  return EnrichmentFileWritten.create(
    { source, written, declaredBy: enrichment.name, accepted, records },
    follow(metadata, {
      type: EnrichmentFileWritten.type,
      subject: [enrichment.name, source.bucket, source.key, source.etag],
      project: written.project,
      producedBy: WORKFLOW,
    }),
  );
}
