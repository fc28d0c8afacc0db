/**
 * The copier's run over one stream file: one output for each copy that wants it, all of them fed by one reading; and one
 * reading before that for those that send records elsewhere, if there are any. A run whose time ends is handed over.
 */
import { type HandOver, publish } from '../bus/index.ts';
import { CopyFileWritten, type EventOf, follow, type StreamFile, type StreamFileReceived } from '../event/index.ts';
import { systemClock } from '../runtime/index.ts';
import { streamsBucket } from '../runtime/resource.ts';
import {
  type FileCounts,
  goOn,
  type Layout,
  leaveRun,
  markDone,
  openObject,
  progressOf,
  type Rejection,
  type RunIdentity,
  readPart,
  readStreamFilePart,
  type WrittenFile,
} from '../stream/index.ts';
import { copying, noting, refusing } from './copying.ts';
import type { Copy, FileCopy } from './declaration.ts';
import type { Output } from './output.ts';
import {
  askedOf,
  type RefusedLine,
  type RunState,
  type Sent,
  type StoppedSending,
  type StoppedWriting,
} from './run.ts';
import { ChunkLog } from './sink/chunk-log.ts';
import { ChunkedOutput } from './sink/chunked-output.ts';
import { openChunkSink } from './sink/index.ts';
import { BACKOFF, type Sending } from './sink/post.ts';
import { FileOutput, type FileTarget, fileTarget, uriOfTarget } from './sink/s3.ts';

const WORKFLOW = 'copier';

type Received = EventOf<typeof StreamFileReceived>;

interface CopyOptions extends Partial<Sending> {
  readonly copies: readonly Copy[];
  readonly layout: Layout;
  /** Where copies go that name no bucket; default: the streams bucket. */
  readonly bucket?: string;
  /** When to stop, and who goes on then; without it the run has all the time it needs. */
  readonly handOver?: HandOver;
}

/** A run, as far as it is settled before it begins. */
interface Run extends Omit<CopyOptions, 'bucket'>, RunIdentity {
  readonly event: Received;
  readonly targets: readonly { readonly copy: FileCopy; readonly target: FileTarget }[];
}

/**
 * Copies a file for every copy that selects it, announces each file it made and marks the source done, last. Cut off
 * anywhere and run again, it writes the same bytes to the same keys, publishes events with the same ids, and sends only
 * the chunks that it does not remember having sent. The same holds where it is handed over, once or more.
 * Records that a sink refuses are quarantined as those that cannot be read are.
 * Memory: what the reader and one output a copy hold, whatever the file's size.
 */
export async function copyFile(event: Received, options: CopyOptions): Promise<void> {
  const file = event.properties;
  const copies = options.copies.filter((copy) => copy.selects(file));
  if (copies.length === 0) return;
  const progress = await progressOf(WORKFLOW, file);
  if (progress.done) return;

  const run = settle(event, { ...options, copies });
  await goOn<RunState>(run, progress.checkpoint, (before) => work(run, before));
}

function settle(event: Received, { bucket = streamsBucket(), ...options }: CopyOptions): Run {
  const { properties: source, metadata: cause } = event;
  const { copies, layout } = options;
  const targets = copies
    .filter((copy) => copy.kind === 'files')
    .map((copy) => {
      const placement = copy.placement(source, layout);
      const target = fileTarget(copy.sink, { bucket, layout, placement, source, cause, workflow: WORKFLOW });
      return { copy, target };
    });
  const asked = askedOf(
    copies,
    targets.map(({ target }) => uriOfTarget(target)),
  );
  return { ...options, event, bucket, targets, asked, workflow: WORKFLOW };
}

/** A file that was complete when it throws is written over by the next run. */
async function work(run: Run, before: RunState | undefined): Promise<void> {
  const { event, targets } = run;
  const sending = before?.writing ?? (await sendChunks(run, before?.sending));
  if ('stopped' in sending) return leave(run, { sending: sending.stopped }, sending.counts);
  const { sent } = sending;
  const writing = await writeFiles(run, sent, before?.writing);
  if ('stopped' in writing) return leave(run, { writing: writing.stopped }, writing.counts);

  const { counts } = writing;
  const written = targets.flatMap(({ copy }, place) =>
    (writing.files[place] ?? []).map((file, index) => ({ copy, file, index })),
  );
  await publish(written.map((one) => announcement(event, one, counts.accepted)));
  const copied = written.reduce((sum, one) => sum + one.file.records, sent.records);
  const outputs = written.map((one) => one.file.key);
  await markDone(WORKFLOW, event.properties, { counts: { ...counts, copied }, outputs });
}

async function leave(run: Run, state: RunState, counts: FileCounts): Promise<void> {
  const { handOver } = run;
  if (handOver !== undefined) await leaveRun(run, run.event, { state, counts, handOver });
}

/** A reading of its own, before files are written: only then is it known which records are refused. */
async function sendChunks(
  { event, copies, layout, handOver, ...sending }: Run,
  before: StoppedSending | undefined,
): Promise<{ readonly sent: Sent } | { readonly stopped: StoppedSending; readonly counts: FileCounts }> {
  const { properties: source, metadata: cause } = event;
  const outputs = await Promise.all(
    copies
      .filter((copy) => copy.kind === 'chunks')
      .map(async ({ name, shape, sink, wants }, place) => {
        const delivery = { copy: name, source, cause, workflow: WORKFLOW };
        const opened = openChunkSink(sink, delivery, { clock: systemClock, backoff: BACKOFF, ...sending });
        const remembered = await ChunkLog.open(name, source);
        const output = new ChunkedOutput(delivery, opened, remembered, before?.outputs[place]);
        return { shape, output, wants: wants?.(layout) };
      }),
  );
  if (outputs.length === 0) return { sent: { records: 0, refused: [] } };
  return withOutputs(outputs, async () => {
    const refused = new Map<number, Rejection>(before?.refused);
    const handlers = noting(refused, copying(uriOf(source), outputs));
    const reading = { from: before?.at, due: handOver?.due };
    const { counts, stoppedAt } = await readPart(await openObject(source), handlers, reading);
    if (stoppedAt !== undefined) {
      const suspended = await Promise.all(outputs.map(({ output }) => output.suspend()));
      return { stopped: { at: stoppedAt, outputs: suspended, refused: [...refused] }, counts };
    }
    const all = await Promise.all(outputs.map(({ output }) => output.finish()));
    const lines = all.flatMap((one) => one.refused).map(({ line, ...why }): RefusedLine => [line, why]);
    const records = all.reduce((sum, one) => sum + one.records, 0);
    return { sent: { records, refused: [...refused, ...lines] } };
  });
}

async function writeFiles(
  { event, targets, layout, handOver }: Run,
  sent: Sent,
  before: StoppedWriting | undefined,
): Promise<
  | { readonly files: readonly (readonly WrittenFile[])[]; readonly counts: FileCounts }
  | { readonly stopped: StoppedWriting; readonly counts: FileCounts }
> {
  const { properties: source, metadata: cause } = event;
  const outputs = targets.map(({ copy: { shape, wants }, target }, place) => ({
    shape,
    output: new FileOutput(target, before?.outputs[place]),
    wants: wants?.(layout),
  }));
  return withOutputs(outputs, async () => {
    const handlers = refusing(new Map(sent.refused), copying(uriOf(source), outputs));
    const options = { before: before?.reading, due: handOver?.due };
    const { counts, stopped } = await readStreamFilePart(
      { file: source, workflow: WORKFLOW, cause },
      handlers,
      options,
    );
    if (stopped !== undefined) {
      const suspended = await Promise.all(outputs.map(({ output }) => output.suspend()));
      return { stopped: { sent, reading: stopped, outputs: suspended }, counts };
    }
    return { files: await Promise.all(outputs.map(({ output }) => output.finish())), counts };
  });
}

/** Where `work` throws, no output is left open. */
async function withOutputs<T>(outputs: readonly { readonly output: Output }[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (caught) {
    await Promise.allSettled(outputs.map(({ output }) => output.abort()));
    throw caught;
  }
}

function uriOf({ bucket, key }: StreamFile): string {
  return `s3://${bucket}/${key}`;
}

function announcement(
  { properties: source, metadata }: Received,
  { copy, file, index }: { copy: Copy; file: WrittenFile; index: number },
  accepted: number,
) {
  const { records, ...written } = file;
  return CopyFileWritten.create(
    { source, written, declaredBy: copy.name, accepted, records },
    follow(metadata, {
      type: CopyFileWritten.type,
      subject: [copy.name, source.bucket, source.key, source.etag, ...(index === 0 ? [] : [index])],
      project: written.project,
      producedBy: WORKFLOW,
    }),
  );
}
