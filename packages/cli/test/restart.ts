/**
 * A start over a folder that an earlier one left, seen from inside: `node restart.ts DIR FILE`. Writes to FILE what the
 * samples came to this time, what was posted while they ran, and the bucket before and after.
 */
import { writeFile } from 'node:fs/promises';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { startStack } from '@millrace/local';
import { silent } from '../src/progress.ts';
import type { Totals } from '../src/stage/summary.ts';

export interface Restart {
  readonly totals: Totals;
  readonly posted: number;
  readonly notified: number;
  /** Key → time and hash of each object, before and after. */
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
}

const [dataDir, path] = process.argv.slice(2);
if (dataDir === undefined || path === undefined) throw new Error('node restart.ts DIR FILE');
const ports = { control: 0, dynamodb: 0, storage: 0, eventbridge: 0, slack: 0 };
const stack = await startStack({ dataDir, ports, onLog: () => undefined });
Object.assign(process.env, stack.env);
try {
  const { runSamples } = await import('../src/stage/run.ts');
  const before = await list();
  const { totals } = await runSamples(stack, { progress: silent, once: true, signal: new AbortController().signal });
  const [posted, notified] = [stack.slack.messages.length, stack.notifications.length];
  await writeFile(path, JSON.stringify({ totals, posted, notified, before, after: await list() } satisfies Restart));
} finally {
  await stack.stop();
}

async function list(): Promise<Record<string, string>> {
  const { Contents = [] } = await new S3Client({}).send(new ListObjectsV2Command({ Bucket: stack.resources.bucket }));
  return Object.fromEntries(
    Contents.map(({ Key, LastModified, ETag }) => [Key ?? '', `${LastModified?.toISOString()} ${ETag}`]),
  );
}
