/**
 * A second chance for what a workflow refused: the file it is from is delivered to it again.
 */
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { headObject } from '../found-object.ts';
import type { Layout } from '../layout.ts';
import { s3 } from '../object.ts';
import type { QuarantineEntry } from '../quarantine.ts';
import { redeliver } from './replay.ts';

/**
 * Removes a quarantine file and has its workflow work the source again, which quarantines anew what it still refuses.
 * @returns false where the source is gone: then the quarantine file is all there is, and stays.
 */
export async function retryQuarantined(
  { key, workflow, source }: QuarantineEntry,
  {
    bucket,
    layoutFor,
  }: { readonly bucket: string; readonly layoutFor: (file: { bucket: string; key: string }) => Layout },
): Promise<boolean> {
  const [, from, path] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(source) ?? [];
  if (from === undefined || path === undefined || (await headObject(from, path)) === undefined) return false;
  await s3().send(new DeleteObjectCommand({ Bucket: bucket, Key: key })); // before: what the new run refuses is to stay
  return (await redeliver([{ bucket: from, key: path }], { workflow, layoutFor })) === 1;
}
