/**
 * The way in of a file: an object was created; what it holds is settled, remembered, and announced on the typed bus.
 */
import * as z from 'zod';
import { publish, UnacceptableMessage } from '../bus/index.ts';
import {
  type FilePointer,
  HOP_LIMIT,
  type Metadata,
  RESERVED_PREFIX,
  type StreamFile,
  StreamFileQuarantined,
  StreamFileReceived,
} from '../event/index.ts';
import { countFile, type FinishedFile, followTrace, log, systemClock } from '../runtime/index.ts';
import { type FoundObject, headObject, objectMetadata, streamFileOf } from './found-object.ts';
import { type Layout, type Placement, UnrecognizedKey } from './layout.ts';
import { type Lineage, parseLineage } from './lineage.ts';
import { recordReceipt } from './receipt.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html; the key is not URL-encoded here. */
const ObjectCreated = z.object({
  source: z.literal('aws.s3'),
  'detail-type': z.literal('Object Created'),
  time: z.iso.datetime(),
  detail: z.object({
    bucket: z.object({ name: z.string().min(1) }),
    object: z.object({ key: z.string().min(1) }),
  }),
});

const PRODUCED_BY = 'ingest';

/**
 * Announces the object an S3 `Object Created` event names, as it is now: an event of an older version announces the
 * newer one, twice at most, under one id. The receipt is written before the event goes out.
 * - Neither key nor metadata tell what it holds, or too many derivations lie behind it: announced as quarantined, the
 *   object untouched.
 * - Gone again: nothing to do.
 * @param message an EventBridge event, parsed from JSON and not yet trusted.
 * @param layoutFor how the producer of an object lays its files out.
 * @throws UnacceptableMessage where it is no such event.
 */
export async function ingestObject(
  message: unknown,
  layoutFor: (object: { readonly bucket: string; readonly key: string }) => Layout,
): Promise<void> {
  const event = ObjectCreated.safeParse(message);
  if (!event.success) throw new UnacceptableMessage('not_an_event', z.prettifyError(event.error));
  const { time, detail } = event.data;
  const { key } = detail.object;
  if (key.startsWith(RESERVED_PREFIX)) return;
  const object = await headObject(detail.bucket.name, key);
  if (object === undefined) {
    log.info('the object was deleted before it was worked', { bucket: detail.bucket.name, key });
    return;
  }
  if (key.endsWith('/') && object.pointer.size === 0) return; // a folder, as S3's console makes them

  const layout = layoutFor(object.pointer);
  const placement = place(layout, key, object.metadata);
  if (placement instanceof UnrecognizedKey) return quarantine(object, placement, { project: projectOf(key) });
  const lineage = parseLineage(object.metadata);
  if (lineage !== undefined && lineage.hop >= HOP_LIMIT) {
    const reason = { code: 'hop_limit', message: `${lineage.hop} derivations lie behind it, at most ${HOP_LIMIT} may` };
    return quarantine(object, reason, { ...placement, lineage });
  }
  await announce(streamFileOf(object, { placement, layout, lineage }, time), lineage);
}

function place(layout: Layout, key: string, metadata: Readonly<Record<string, string>>): Placement | UnrecognizedKey {
  try {
    return layout.parse(key, metadata);
  } catch (caught) {
    if (caught instanceof UnrecognizedKey) return caught;
    throw caught;
  }
}

/** Events need a project even where the layout finds none: the first folder, or `unknown`. */
function projectOf(key: string): string {
  const [folder, ...rest] = key.split('/');
  return folder !== undefined && folder !== '' && rest.length > 0 ? folder : 'unknown';
}

async function announce(file: StreamFile, lineage: Lineage | undefined): Promise<void> {
  const { bucket, key, project, collection, size } = file;
  const event = StreamFileReceived.create(file, metadataOf(StreamFileReceived.type, file, project, lineage));
  followTrace(event.metadata.traceId);
  await recordReceipt(event.properties);
  await publish([event]);
  log.info('file received', { bucket, key, project, collection, size });
  count({ project, collection, bytes: size, receivedAt: file.receivedAt, quarantined: 0 });
}

/** The whole file: it stays where it is, and the event says so. */
async function quarantine(
  { pointer, lastModified }: FoundObject,
  { code, message }: { readonly code: string; readonly message: string },
  known: { readonly project: string; readonly collection?: string; readonly lineage?: Lineage },
): Promise<void> {
  const { project, collection, lineage } = known;
  const metadata = metadataOf(StreamFileQuarantined.type, pointer, project, lineage);
  followTrace(metadata.traceId);
  log.warn('file quarantined', { bucket: pointer.bucket, key: pointer.key, reason: code, message });
  await publish([
    StreamFileQuarantined.create(
      {
        file: pointer,
        ...(collection === undefined ? {} : { collection }),
        workflow: PRODUCED_BY,
        lines: 0,
        reasons: { [code]: 1 },
      },
      metadata,
    ),
  ]);
  const about = { project, ...(collection === undefined ? {} : { collection }) };
  count({ ...about, bytes: pointer.size, receivedAt: lastModified, quarantined: 1 });
}

/** For ingest a file is one record: it does not read the lines. */
function count({
  receivedAt,
  ...file
}: Omit<FinishedFile, 'workflow' | 'records' | 'lag'> & { receivedAt: string | undefined }): void {
  const now = systemClock();
  const lag = receivedAt === undefined ? 0 : now - Date.parse(receivedAt);
  countFile({ ...file, workflow: PRODUCED_BY, records: 1, lag });
}

function metadataOf(type: string, file: FilePointer, project: string, lineage?: Lineage): Metadata {
  return objectMetadata(type, file, { project, producedBy: PRODUCED_BY, lineage });
}
