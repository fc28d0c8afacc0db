/**
 * The sample streams: a shop and two clients' machines, in the order in which producers would have delivered them.
 */
import type { Layout } from '@millrace/core/stream';
import type { SampleFile } from './file.ts';
import { machineFiles } from './machines.ts';
import { shopFiles } from './shop.ts';

export { gzipped, type SampleFile } from './file.ts';
export { products } from './products.ts';

/** Every sample file; the same bytes at every call. */
export function sampleFiles(layout: Layout): SampleFile[] {
  return [...shopFiles(layout), ...machineFiles(layout)].toSorted((a, b) => a.interval - b.interval);
}
