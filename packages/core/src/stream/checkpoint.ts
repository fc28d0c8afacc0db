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

/** Where a workflow keeps its checkpoints. */
export interface CheckpointPlace {
  readonly bucket: string;
  readonly workflow: string;
}

/** @returns the checkpoint's name. */
export async function saveCheckpoint(place: CheckpointPlace, state: object): Promise<string> {
  return await checkpointStore(place).save(pack(state));
}

/** The state saved; undefined where it is gone, or is no longer what was saved. */
export async function loadCheckpoint(place: CheckpointPlace, name: string): Promise<unknown> {
  const saved = await checkpointStore(place).load(name);
  return saved === undefined ? undefined : unpack(saved);
}

/** Keeps bytes beside the checkpoints, for those that refer to them. */
export function checkpointStore({ bucket, workflow }: CheckpointPlace) {
  const prefix = `${CHECKPOINT_PREFIX}${workflow}/`;
  return {
    /** @returns their name. */
    save: async (bytes: Buffer): Promise<string> => {
      const name = nameOf(bytes);
      const put = { Bucket: bucket, Key: prefix + name, Body: bytes, ContentType: 'application/octet-stream' };
      await s3().send(new PutObjectCommand(put));
      return name;
    },
    /** Undefined where they are gone, or are no longer what was saved. */
    load: async (name: string): Promise<Buffer | undefined> => {
      const body = await readObjectIfPresent(bucket, prefix + name);
      const saved = body === undefined ? undefined : await buffer(body);
      return saved !== undefined && nameOf(saved) === name ? saved : undefined;
    },
  };
}

function nameOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
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
