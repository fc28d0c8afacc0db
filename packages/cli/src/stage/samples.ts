/**
 * The samples into a stage: the names of their products, and each file that is not there yet.
 */
import { loadReferences } from '@millrace/core/enrich';
import type { Layout } from '@millrace/core/stream';
import { products, sampleFiles } from '../sample/index.ts';
import { contentOf } from './content.ts';
import { etagOf, putObject } from './put.ts';

/** Puts at once: enough to keep the embedded endpoints busy. */
const AT_ONCE = 8;

export async function loadSampleReferences(): Promise<number> {
  return await loadReferences(
    { project: 'shop', table: 'products' },
    products.map(({ id, name }) => ({ id, value: name })),
  );
}

/**
 * Puts every sample file whose key is free, about in the order producers would have; what lies at a key is left alone.
 * @param onFile called after each with how many are through, of how many.
 * @returns how many were put.
 */
export async function putSamples(
  { bucket, layout }: { bucket: string; layout: Layout },
  onFile: (through: number, of: number) => void,
): Promise<number> {
  const files = sampleFiles(layout);
  const waiting = files.values();
  let through = 0;
  let put = 0;
  const worker = async () => {
    for (const { key, body, metadata } of waiting) {
      if ((await etagOf(bucket, key)) === undefined) {
        await putObject({ bucket, key, metadata }, contentOf(body));
        put += 1;
      }
      through += 1;
      onFile(through, files.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return put;
}
