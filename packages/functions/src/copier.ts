/** Copies the records of a stream file into other projects. */
import { handOver, subscriber } from '@millrace/core/bus';
import { copyFile } from '@millrace/core/copy';
import { StreamFileReceived } from '@millrace/core/event';
import { copies } from '@millrace/pipeline/copies';
import { streams } from '@millrace/pipeline/streams';

export const handler = subscriber([StreamFileReceived], (event, context) =>
  copyFile(event, { copies, layout: streams.layout, handOver: handOver(context) }),
);
