/** Settles what a new object holds and announces it on the typed bus. */
import { parseJson, queueConsumer } from '@millrace/core/bus';
import { streamsBucket } from '@millrace/core/resource';
import { ingestObject, layoutOf } from '@millrace/core/stream';
import { streams } from '@millrace/pipeline/streams';

export const handler = queueConsumer((body) =>
  ingestObject(parseJson(body), (object) => layoutOf(streams, object, streamsBucket())),
);
