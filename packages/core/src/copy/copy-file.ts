/**
 * The copier's run over one stream file: one output for each copy that wants it, all of them fed by one reading; and one
 * reading before that for those that send records elsewhere, if there are any.
 */
import { publish } from '../bus/index.ts';
import { CopyFileWritten, type EventOf, follow, type StreamFile, type StreamFileReceived } from '../event/index.ts';
import { systemClock } from '../runtime/index.ts';
import { streamsBucket } from '../runtime/resource.ts';
import {
  isDone,
  type Layout,
  markDone,
  openObject,
  type Rejection,
  readRecords,
  readStreamFile,
  type WrittenFile,
} from '../stream/index.ts';
import { copying, noting, refusing } from './copying.ts';
import type { Copy } from './declaration.ts';
import type { Output } from './output.ts';
import { ChunkLog } from './sink/chunk-log.ts';
import { ChunkedOutput } from './sink/chunked-output.ts';
import { openChunkSink } from './sink/index.ts';
import { BACKOFF, type Sending } from './sink/post.ts';
import { FileOutput, fileTarget } from './sink/s3.ts';

const WORKFLOW = 'copier';

type Received = EventOf<typeof StreamFileReceived>;

interface CopyOptions extends Partial<Sending> {
  readonly copies: readonly Copy[];
  readonly layout: Layout;
  /** Where copies go that name no bucket; default: the streams bucket. */
  readonly bucket?: string;
}

/**
 * Copies a file for every copy that selects it, announces each file it made and marks the source done, last. Cut off
 * anywhere and run again, it writes the same bytes to the same keys, publishes events with the same ids, and sends only
 * the chunks that it does not remember having sent.
 * Records that a sink refuses are quarantined as those that cannot be read are.
 * Memory: what the reader and one output a copy hold, whatever the file's size.
 */
export async function copyFile(event: Received, options: CopyOptions): Promise<void> {
  const file = event.properties;
  const copies = options.copies.filter((copy) => copy.selects(file));
  if (copies.length === 0 || (await isDone(WORKFLOW, file))) return;

  const { sent, refused } = await sendChunks(event, copies, options);
  const { counts, written } = await writeFiles(event, copies, refused, options);
  await publish(written.map((one) => announcement(event, one, counts.accepted)));
  const copied = written.reduce((sum, one) => sum + one.file.records, sent);
  await markDone(WORKFLOW, file, { counts: { ...counts, copied }, outputs: written.map((one) => one.file.key) });
}

/** A reading of its own, before files are written: only then is it known which records are refused. */
async function sendChunks(event: Received, copies: readonly Copy[], { layout, ...sending }: CopyOptions) {
  const { properties: source, metadata: cause } = event;
  const outputs = await Promise.all(
    copies
      .filter((copy) => copy.kind === 'chunks')
      .map(async ({ name, shape, sink, wants }) => {
        const delivery = { copy: name, source, cause, workflow: WORKFLOW };
        const log = await ChunkLog.open(name, source);
        const output = new ChunkedOutput(
          delivery,
          openChunkSink(sink, delivery, { clock: systemClock, backoff: BACKOFF, ...sending }),
          log,
        );
        return { shape, output, wants: wants?.(layout) };
      }),
  );
  if (outputs.length === 0) return { sent: 0, refused: new Map<number, Rejection>() };
  return withOutputs(outputs, async () => {
    const refused = new Map<number, Rejection>();
    await readRecords(await openObject(source), noting(refused, copying(uriOf(source), outputs)));
    const all = await Promise.all(outputs.map(({ output }) => output.finish()));
    for (const refusal of all.flatMap((one) => one.refused)) refused.set(refusal.line, refusal);
    return { sent: all.reduce((sum, { records }) => sum + records, 0), refused };
  });
}

/** A file that was complete when it throws is written over by the next run. */
async function writeFiles(
  event: Received,
  copies: readonly Copy[],
  refused: ReadonlyMap<number, Rejection>,
  { layout, bucket = streamsBucket() }: CopyOptions,
) {
  const { properties: source, metadata: cause } = event;
  const outputs = copies
    .filter((copy) => copy.kind === 'files')
    .map((copy) => {
      const placement = copy.placement(source, layout);
      const target = fileTarget(copy.sink, { bucket, layout, placement, source, cause, workflow: WORKFLOW });
      return { copy, shape: copy.shape, output: new FileOutput(target), wants: copy.wants?.(layout) };
    });
  return withOutputs(outputs, async () => {
    const reading = { file: source, workflow: WORKFLOW, cause };
    const counts = await readStreamFile(reading, refusing(refused, copying(uriOf(source), outputs)));
    const written = outputs.map(async ({ copy, output }) =>
      (await output.finish()).map((file, index) => ({ copy, file, index })),
    );
    return { counts, written: (await Promise.all(written)).flat() };
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
