/**
 * The enricher's run over one stream file: one read, one derived file for each enrichment that wants it.
 */
import { publish } from '../bus/index.ts';
import { EnrichmentFileWritten, type EventOf, follow, type StreamFileReceived } from '../event/index.ts';
import { streamsBucket } from '../runtime/resource.ts';
import {
  createStreamFileWriter,
  type FileHandlers,
  isDone,
  type JsonObject,
  LateRejections,
  type Layout,
  markDone,
  type Rejection,
  readStreamFile,
  type StreamFileWriter,
  type WrittenFile,
} from '../stream/index.ts';
import type { Enrichment } from './declaration.ts';
import { copyOf } from './step/derive.ts';
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
}

/**
 * Enriches a file for every enrichment that selects it, announces each output and marks the file done, last. Cut off
 * anywhere and run again, it writes the same bytes to the same keys and publishes events with the same ids, as long as
 * whoever it asks answers the same. A line that one enrichment quarantines is in no output.
 * Memory: beside reader, writers and databases, one batch of records (500, or 4 MiB as read), with the texts they were
 * parsed from, for each enrichment that asks others.
 */
export async function enrichFile(event: EventOf<typeof StreamFileReceived>, options: EnrichOptions): Promise<void> {
  const file = event.properties;
  const enrichments = options.enrichments.filter((enrichment) => enrichment.selects(file));
  if (enrichments.length === 0 || (await isDone(WORKFLOW, file))) return;

  const plans = await Promise.all(enrichments.map(({ plan }) => openPlan(plan, { file })));
  const bucket = options.bucket ?? streamsBucket();
  const outputs = enrichments.map((enrichment, index): FileOutput => {
    const target = {
      bucket,
      layout: options.layout,
      placement: enrichment.placement(file, options.layout),
      source: file,
      cause: event.metadata,
      workflow: WORKFLOW,
    };
    return { enrichment, plan: plans[index] ?? NO_STEPS, writer: createStreamFileWriter(target) };
  });
  const { counts, written } = await writeEnriched(event, outputs);
  await publish(written.map((one) => announcement(event, one, counts.accepted)));
  const enriched = written.reduce((sum, one) => sum + one.file.records, 0);
  await markDone(WORKFLOW, file, { counts: { ...counts, enriched }, outputs: written.map((one) => one.file.key) });
}

const NO_STEPS: OpenPlan = { atOnce: [], batched: [], rejectsLate: false, insertion: undefined };

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
async function writeEnriched(event: EventOf<typeof StreamFileReceived>, outputs: readonly FileOutput[]) {
  try {
    const { properties: file, metadata: cause } = event;
    const enriching = new Enriching(outputs);
    const lines = await readStreamFile({ file, workflow: WORKFLOW, cause }, enriching);
    const counts = { ...lines, ...enriching.counts };
    const written = outputs.map(async ({ enrichment, writer }) => ({ enrichment, file: await writer.finish() }));
    return { counts, written: await Promise.all(written) };
  } catch (caught) {
    await Promise.allSettled(outputs.map(({ writer }) => writer.abort()));
    throw caught;
  }
}

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
  readonly counts: LookupCounts & { noted: number } = { lookups: 0, misses: 0, noted: 0 };
  readonly late: LateRejections | undefined;
  readonly #outputs: readonly Output[];
  readonly #asks: boolean;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;

  constructor(outputs: readonly Output[]) {
    this.#outputs = outputs;
    this.#asks = outputs.some(({ plan }) => plan.batched.length > 0);
    this.late = outputs.some(({ plan }) => plan.rejectsLate) ? new LateRejections() : undefined;
  }

  record(record: JsonObject, line: number, bytes: Buffer, offset: number): Rejection | undefined {
    const drafts: Draft[] = [];
    const text = bytes.toString('latin1');
    for (const [index, { plan }] of this.#outputs.entries()) {
      const last = index === this.#outputs.length - 1; // it may have the record itself
      const draft = begin(plan, last ? record : (copyOf(record) as JsonObject), text); // of an object
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
  { properties: source, metadata }: EventOf<typeof StreamFileReceived>,
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
