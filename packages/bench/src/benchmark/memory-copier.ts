/**
 * The process whose memory is measured: the copier's run over the stream file it is told, with what packages/pipeline
 * declares, and what that took.
 */
import { copyFile } from '@millrace/core/copy';
import { type StreamFile, StreamFileReceived } from '@millrace/core/event';
import { copies } from '@millrace/pipeline/copies';
import { streams } from '@millrace/pipeline/streams';
import type { CopyReport } from './memory-copy.ts';
import { peakRss } from './peak-rss.ts';

const file = JSON.parse(process.argv[2] ?? '') as StreamFile; // from memory-copy.ts
const metadata = { id: 'evt_1', version: 1, project: 'shop', traceId: 'trc_1', hop: 0, producedBy: 'ingest' } as const;
const start = performance.now();
await copyFile(StreamFileReceived.create(file, metadata), { copies, layout: streams.layout });
const milliseconds = performance.now() - start;
const report: CopyReport = { milliseconds, peakRss: peakRss() };
process.stdout.write(`${JSON.stringify(report)}\n`);
