/**
 * The process whose memory is measured: reads a stream file from standard input and says what that took.
 */
import { readRecords } from '@millrace/core/stream';
import type { Report } from './memory.ts';
import { peakRss } from './peak-rss.ts';

const start = performance.now();
const { accepted, quarantined } = await readRecords(process.stdin, {
  record: () => undefined,
  rejected: ({ reason, message }) => {
    throw new Error(`${reason}: ${message}`);
  },
});
const milliseconds = performance.now() - start;
const report: Report = { records: accepted + quarantined, milliseconds, peakRss: peakRss() };
process.stdout.write(`${JSON.stringify(report)}\n`);
