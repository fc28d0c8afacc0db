/**
 * The copier's run over one stream file: one read, one derived file for each copy that wants it.
 */
import { publish } from '../bus/index.ts';
import { CopyFileWritten, type EventOf, follow, type StreamFileReceived } from '../event/index.ts';
import { streamsBucket } from '../runtime/resource.ts';
import {
  createStreamFileWriter,
  isDone,
  type Layout,
  markDone,
  type Rejection,
  readStreamFile,
  type StreamFileWriter,
  type WrittenFile,
} from '../stream/index.ts';
import type { Copy } from './declaration.ts';

const WORKFLOW = 'copier';

interface CopyOptions {
  readonly copies: readonly Copy[];
  readonly layout: Layout;
  /** Where copies go; default: the streams bucket. */
  readonly bucket?: string;
}

/**
 * Copies a file for every copy that selects it, announces each copy and marks the file done, last. Cut off anywhere and
 * run again, it writes the same bytes to the same keys and publishes events with the same ids.
 * Memory: what the reader and one writer a copy hold, whatever the file's size.
 */
export async function copyFile(event: EventOf<typeof StreamFileReceived>, options: CopyOptions): Promise<void> {
  const file = event.properties;
  const copies = options.copies.filter((copy) => copy.selects(file));
  if (copies.length === 0 || (await isDone(WORKFLOW, file))) return;

  const bucket = options.bucket ?? streamsBucket();
  const outputs = copies.map((copy) => {
    const placement = copy.placement(file, options.layout);
    const target = {
      bucket,
      layout: options.layout,
      placement,
      source: file,
      cause: event.metadata,
      workflow: WORKFLOW,
    };
    return { copy, writer: createStreamFileWriter(target) };
  });
  const { counts, written } = await writeCopies(event, outputs);
  await publish(written.map((one) => announcement(event, one, counts.accepted)));
  const copied = written.reduce((sum, one) => sum + one.file.records, 0);
  await markDone(WORKFLOW, file, { counts: { ...counts, copied }, outputs: written.map((one) => one.file.key) });
}

interface Output {
  readonly copy: Copy;
  readonly writer: StreamFileWriter;
}

/** Where it throws, no upload is left open; a copy that was complete by then is written over by the next run. */
async function writeCopies(event: EventOf<typeof StreamFileReceived>, outputs: readonly Output[]) {
  try {
    const counts = await copyRecords(event, outputs);
    const written = outputs.map(async ({ copy, writer }) => ({ copy, file: await writer.finish() }));
    return { counts, written: await Promise.all(written) };
  } catch (caught) {
    await Promise.allSettled(outputs.map(({ writer }) => writer.abort()));
    throw caught;
  }
}

function copyRecords({ properties: file, metadata }: EventOf<typeof StreamFileReceived>, outputs: readonly Output[]) {
  const source = `s3://${file.bucket}/${file.key}`;
  return readStreamFile(
    { file, workflow: WORKFLOW, cause: metadata },
    {
      record(record): Rejection | undefined {
        for (const { copy, writer } of outputs) writer.write(copy.shape(record, source));
        return undefined;
      },
      drained: () => allDrained(outputs.map(({ writer }) => writer)),
    },
  );
}

function allDrained(writers: readonly StreamFileWriter[]): Promise<void> | undefined {
  const waits = writers.map((writer) => writer.drained()).filter((wait) => wait !== undefined);
  return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
}

function announcement(
  { properties: source, metadata }: EventOf<typeof StreamFileReceived>,
  { copy, file }: { copy: Copy; file: WrittenFile },
  accepted: number,
) {
  const { records, ...written } = file;
  return CopyFileWritten.create(
    { source, written, declaredBy: copy.name, accepted, records },
    follow(metadata, {
      type: CopyFileWritten.type,
      subject: [copy.name, source.bucket, source.key, source.etag],
      project: written.project,
      producedBy: WORKFLOW,
    }),
  );
}
