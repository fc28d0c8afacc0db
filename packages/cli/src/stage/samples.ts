/**
 * The samples into a stage: the names of their products, and each file that is not there yet.
 */
import { loadReferences } from '@millrace/core/enrich';
import { FileReceipt, type Layout } from '@millrace/core/stream';
import { table } from '@millrace/core/table';
import { products, type SampleFile, sampleFiles } from '../sample/index.ts';
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
 * Puts every sample file that is not there yet, about in the order producers would have. One that lies there and has no
 * receipt is put once more: a stack that was killed may have taken the file and not the event of its arrival. Another
 * file at a sample's key is left alone.
 * @param options.onFile called after each with how many are through, of how many.
 * @returns how many were put. @throws the reason of `options.signal` where that is aborted, when no put is under way any more.
 */
export async function putSamples(
  { bucket, layout }: { bucket: string; layout: Layout },
  { signal, onFile }: { signal?: AbortSignal; onFile?: (through: number, of: number) => void } = {},
): Promise<number> {
  const files = sampleFiles(layout);
  const received = await receivedKeys();
  const waiting = files.values();
  let through = 0;
  let put = 0;
  const worker = async () => {
    for (const file of waiting) {
      if (signal?.aborted) return;
      if (await putUnlessReceived(bucket, file, received)) put += 1;
      through += 1;
      onFile?.(through, files.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  signal?.throwIfAborted();
  return put;
}

/** Whether the file had to be put. */
async function putUnlessReceived(bucket: string, file: SampleFile, received: ReadonlySet<string>): Promise<boolean> {
  const { key, body, metadata } = file;
  if (received.has(key)) return false;
  const content = contentOf(body);
  const etag = await etagOf(bucket, key);
  if (etag !== undefined && etag !== content.md5) return false;
  await putObject({ bucket, key, metadata, overwrite: true }, content);
  return true;
}

async function receivedKeys(): Promise<Set<string>> {
  const { data } = await FileReceipt.scan.go({ ...table(), pages: 'all', attributes: ['key'] });
  return new Set(data.map(({ key }) => key));
}
