/**
 * Receipts looked through to tell which streams there are. The table keeps a list of those streams only whose watermark
 * somebody waits for, so this scans, up to a bound: right for a laptop, and the first thing to replace by a list that
 * ingest keeps before the console goes to AWS.
 */
import { FileReceipt } from '@millrace/core/stream';
import { keyPart, table } from '@millrace/core/table';

/** Pages of 1 MB: some tens of thousands of files, some seconds. */
const PAGES = 20;

const attributes = ['project', 'collection', 'interval', 'intervalLength', 'size', 'receivedAt', 'writtenBy'] as const;
export type Receipt = Pick<FileReceipt, (typeof attributes)[number]>;

/** @returns `complete` false where the bound was reached. */
export async function receipts(project?: string): Promise<{ receipts: Receipt[]; complete: boolean }> {
  const scan =
    project === undefined
      ? FileReceipt.scan
      : FileReceipt.scan.where((receipt, { eq }) => eq(receipt.project, keyPart(project)));
  const { data, cursor } = await scan.go({ ...table(), pages: PAGES, attributes: [...attributes] });
  return { receipts: data, complete: cursor === null };
}
