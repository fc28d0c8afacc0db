/**
 * What a run had come to when it was handed over: an object of its own, named by what it holds, so that whoever reads it
 * knows it for what was saved. A line of JSON, and behind it the bytes that the JSON refers to.
 */
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { CHECKPOINT_PREFIX } from '../event/index.ts';
import { readObjectIfPresent, s3 } from './object.ts';

/** Of a Buffer, in the JSON: where it lies behind it. */
interface Placed {
  readonly bytesAt: number;
  readonly length: number;
}

/** @returns the checkpoint's name. */
export async function saveCheckpoint(bucket: string, workflow: string, state: object): Promise<string> {
  const body = pack(state);
  const name = createHash('sha256').update(body).digest('hex');
  await s3().send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: keyOf(workflow, name),
      Body: body,
      ContentType: 'application/octet-stream',
    }),
  );
  return name;
}

/** The state saved; undefined where it is gone, or is no longer what was saved. */
export async function loadCheckpoint(bucket: string, workflow: string, name: string): Promise<unknown> {
  const body = await readObjectIfPresent(bucket, keyOf(workflow, name));
  const saved = body === undefined ? undefined : await buffer(body);
  if (saved === undefined || createHash('sha256').update(saved).digest('hex') !== name) return undefined;
  return unpack(saved);
}

function keyOf(workflow: string, name: string): string {
  return `${CHECKPOINT_PREFIX}${workflow}/${name}`;
}

function pack(state: object): Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  const json = JSON.stringify(state, function (this: Record<string, unknown>, property, value: unknown) {
    const given = this[property]; // `value` is what a Buffer's toJSON makes of it
    if (!Buffer.isBuffer(given)) return value;
    const placed: Placed = { bytesAt: length, length: given.length };
    parts.push(given);
    length += given.length;
    return placed;
  });
  return Buffer.concat([Buffer.from(`${json}\n`), ...parts]);
}

function unpack(saved: Buffer): unknown {
  const end = saved.indexOf(10);
  const bytes = saved.subarray(end + 1);
  return JSON.parse(saved.toString('utf8', 0, end), (_, value: unknown) =>
    isPlaced(value) ? bytes.subarray(value.bytesAt, value.bytesAt + value.length) : value,
  );
}

function isPlaced(value: unknown): value is Placed {
  return typeof value === 'object' && value !== null && 'bytesAt' in value && 'length' in value;
}
