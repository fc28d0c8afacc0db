/**
 * The enricher's run over one stream file: one read, one derived file for each enrichment that wants it.
 */
import { publish } from '../bus/index.ts';
import { EnrichmentFileWritten, type EventOf, follow, type StreamFileReceived } from '../event/index.ts';
import { streamsBucket } from '../runtime/resource.ts';
import {
  createStreamFileWriter,
  isDone,
  type JsonObject,
  type Layout,
  markDone,
  type Rejection,
  readStreamFile,
  type StreamFileWriter,
  type WrittenFile,
} from '../stream/index.ts';
import type { Enrichment } from './declaration.ts';
import { lookUpReferences, type ReferenceLookup } from './reference-cache.ts';
import { begin, complete, type Draft, type LookupCounts, toJson } from './steps.ts';

const WORKFLOW = 'enricher';

/** Records that wait for one table read … */
const BATCH_RECORDS = 500;
/** … or this many bytes of them as read. What one chunk of input holds comes on top. */
const BATCH_BYTES = 4 * 1024 * 1024;

interface EnrichOptions {
  readonly enrichments: readonly Enrichment[];
  readonly layout: Layout;
  /** Where enriched files go; default: the streams bucket. */
  readonly bucket?: string;
  /** Default: the table, behind this process's cache. */
  readonly lookUp?: ReferenceLookup;
}

/**
 * Enriches a file for every enrichment that selects it, announces each output and marks the file done, last. Cut off
 * anywhere and run again, it writes the same bytes to the same keys and publishes events with the same ids, as long as
 * the reference tables stay as they are. A line that one enrichment quarantines is in no output.
 * Memory: beside reader and writers, one batch of parsed records (500, or 4 MiB as read) for each enrichment with lookups.
 */
export async function enrichFile(event: EventOf<typeof StreamFileReceived>, options: EnrichOptions): Promise<void> {
  const file = event.properties;
  const enrichments = options.enrichments.filter((enrichment) => enrichment.selects(file));
  if (enrichments.length === 0 || (await isDone(WORKFLOW, file))) return;

  const bucket = options.bucket ?? streamsBucket();
  const outputs = enrichments.map((enrichment): Output => {
    const placement = enrichment.placement(file, options.layout);
    const target = {
      bucket,
      layout: options.layout,
      placement,
      source: file,
      cause: event.metadata,
      workflow: WORKFLOW,
    };
    return { enrichment, writer: createStreamFileWriter(target), waiting: [] };
  });
  const { counts, written } = await writeEnriched(event, outputs, options.lookUp ?? lookUpReferences);
  await publish(written.map((one) => announcement(event, one, counts.accepted)));
  const enriched = written.reduce((sum, one) => sum + one.file.records, 0);
  await markDone(WORKFLOW, file, { counts: { ...counts, enriched }, outputs: written.map((one) => one.file.key) });
}

interface Output {
  readonly enrichment: Enrichment;
  readonly writer: StreamFileWriter;
  /** Records that wait for their lookups, in order. */
  waiting: Draft[];
}

/** Where it throws, no upload is left open; an output that was complete by then is written over by the next run. */
async function writeEnriched(
  event: EventOf<typeof StreamFileReceived>,
  outputs: readonly Output[],
  lookUp: ReferenceLookup,
) {
  try {
    const counts = await enrichRecords(event, outputs, lookUp);
    const written = outputs.map(async ({ enrichment, writer }) => ({ enrichment, file: await writer.finish() }));
    return { counts, written: await Promise.all(written) };
  } catch (caught) {
    await Promise.allSettled(outputs.map(({ writer }) => writer.abort()));
    throw caught;
  }
}

async function enrichRecords(
  { properties: file, metadata }: EventOf<typeof StreamFileReceived>,
  outputs: readonly Output[],
  lookUp: ReferenceLookup,
) {
  const counts: LookupCounts & { noted: number } = { lookups: 0, misses: 0, noted: 0 };
  const waiting = { records: 0, bytes: 0 };

  const write = ({ enrichment, writer }: Output, draft: Draft) => {
    if (draft.failures.length > 0) counts.noted += 1;
    writer.write(toJson(draft, enrichment.name));
  };
  const settle = async () => {
    waiting.records = 0;
    waiting.bytes = 0;
    for (const output of outputs) {
      const drafts = output.waiting;
      output.waiting = [];
      await complete(output.enrichment.plan, drafts, lookUp, counts);
      for (const draft of drafts) write(output, draft);
      await output.writer.drained();
    }
  };

  const lines = await readStreamFile(
    { file, workflow: WORKFLOW, cause: metadata },
    {
      record(record, _line, bytes): Rejection | undefined {
        const drafts = beginAll(outputs, record);
        if (!Array.isArray(drafts)) return drafts;
        for (const { output, draft } of drafts) {
          if (output.enrichment.plan.batched.length === 0) write(output, draft);
          else output.waiting.push(draft);
        }
        waiting.records += 1;
        waiting.bytes += bytes.length;
        return undefined;
      },
      drained: () => {
        const full = waiting.records >= BATCH_RECORDS || waiting.bytes >= BATCH_BYTES;
        return full ? settle() : allDrained(outputs);
      },
    },
  );
  await settle();
  return { ...lines, ...counts };
}

/** A draft of the record for each output, or the first rejection of any. */
function beginAll(
  outputs: readonly Output[],
  record: JsonObject,
): { readonly output: Output; readonly draft: Draft }[] | Rejection {
  const drafts: { output: Output; draft: Draft }[] = [];
  for (const [index, output] of outputs.entries()) {
    const own = index === outputs.length - 1 ? record : (JSON.parse(JSON.stringify(record)) as JsonObject); // the last may have the record itself
    const draft = begin(output.enrichment.plan, own);
    if (!('failures' in draft)) return draft;
    drafts.push({ output, draft });
  }
  return drafts;
}

function allDrained(outputs: readonly Output[]): Promise<void> | undefined {
  const waits = outputs.map(({ writer }) => writer.drained()).filter((wait) => wait !== undefined);
  return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
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
