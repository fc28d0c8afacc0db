/**
 * The copier's run over one stream file: one read, one output for each copy that wants it.
 */
import { publish } from '../bus/index.ts';
import { CopyFileWritten, type EventOf, follow, type StreamFileReceived } from '../event/index.ts';
import { streamsBucket } from '../runtime/resource.ts';
import { isDone, type Layout, markDone, readStreamFile, type WrittenFile } from '../stream/index.ts';
import { copying } from './copying.ts';
import type { Copy } from './declaration.ts';
import { FileOutput, fileTarget } from './sink/s3.ts';

const WORKFLOW = 'copier';

type Received = EventOf<typeof StreamFileReceived>;

interface CopyOptions {
  readonly copies: readonly Copy[];
  readonly layout: Layout;
  /** Where copies go that name no bucket; default: the streams bucket. */
  readonly bucket?: string;
}

/**
 * Copies a file for every copy that selects it, announces each copy and marks the file done, last. Cut off anywhere and
 * run again, it writes the same bytes to the same keys and publishes events with the same ids.
 * Memory: what the reader and one writer a copy hold, whatever the file's size.
 */
export async function copyFile(event: Received, options: CopyOptions): Promise<void> {
  const file = event.properties;
  const copies = options.copies.filter((copy) => copy.selects(file));
  if (copies.length === 0 || (await isDone(WORKFLOW, file))) return;

  const { counts, written } = await writeFiles(event, copies, options);
  await publish(written.map((one) => announcement(event, one, counts.accepted)));
  const copied = written.reduce((sum, one) => sum + one.file.records, 0);
  await markDone(WORKFLOW, file, { counts: { ...counts, copied }, outputs: written.map((one) => one.file.key) });
}

/** Where it throws, no upload is left open; a file that was complete by then is written over by the next run. */
async function writeFiles(event: Received, copies: readonly Copy[], options: CopyOptions) {
  const { properties: source, metadata: cause } = event;
  const { layout, bucket = streamsBucket() } = options;
  const outputs = copies.map((copy) => {
    const placement = copy.placement(source, layout);
    const target = fileTarget(copy.sink, { bucket, layout, placement, source, cause, workflow: WORKFLOW });
    return { copy, shape: copy.shape, output: new FileOutput(target) };
  });
  try {
    const reading = { file: source, workflow: WORKFLOW, cause };
    const counts = await readStreamFile(reading, copying(`s3://${source.bucket}/${source.key}`, outputs));
    const written = outputs.map(async ({ copy, output }) =>
      (await output.finish()).map((file, index) => ({ copy, file, index })),
    );
    return { counts, written: (await Promise.all(written)).flat() };
  } catch (caught) {
    await Promise.allSettled(outputs.map(({ output }) => output.abort()));
    throw caught;
  }
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
