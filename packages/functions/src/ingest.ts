/** Settles what a new object holds and announces it on the typed bus. */
import { parseJson, queueConsumer } from '@millrace/core/bus';
import { ingestObject } from '@millrace/core/stream';
import { streams } from '@millrace/pipeline/streams';

export const handler = queueConsumer((body) => ingestObject(parseJson(body), { layout: streams.layout }));
