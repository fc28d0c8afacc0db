/** Adds to each record of a stream file what it lacks, into a stream of its own. */
import { handOver, subscriber } from '@millrace/core/bus';
import { enrichFile } from '@millrace/core/enrich';
import { StreamFileReceived } from '@millrace/core/event';
import { enrichments } from '@millrace/pipeline/enrichments';
import { streams } from '@millrace/pipeline/streams';

export const handler = subscriber([StreamFileReceived], (event, context) =>
  enrichFile(event, { enrichments, layout: streams.layout, handOver: handOver(context) }),
);
