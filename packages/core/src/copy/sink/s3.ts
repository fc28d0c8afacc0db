/**
 * The `s3` sink: stream files in the layout of their source or another one, in the bucket of their source or another
 * one, rolled into several where they grow large. The same records make the same files, so a re-run writes over them.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import type { Metadata, StreamFile } from '../../event/index.ts';
import { ConfigurationError, iso } from '../../runtime/index.ts';
import {
  CompressedObject,
  type Compression,
  type Layout,
  lineageMetadata,
  type Placement,
  type SuspendedObject,
  type WrittenFile,
} from '../../stream/index.ts';
import type { Output } from '../output.ts';
import { s3As } from './assumed-role.ts';

const isLayout = (value: unknown): value is Layout =>
  typeof value === 'object' && value !== null && 'key' in value && typeof value.key === 'function';

export const S3Options = z.strictObject({
  kind: z.literal('s3'),
  /** Default: the bucket that stream files land in. */
  bucket: z.string().min(3).max(63).optional(),
  /**
   * ARN of a role, of this account or another, that the copier assumes to write there. Without it, it writes by its own
   * rights. Either has to be named in packages/pipeline/src/reach.ts.
   */
  role: z
    .string()
    .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,128}$/, 'is the ARN of a role')
    .optional(),
  /** Of the bucket; default: the function's. */
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is a region, as in eu-central-1')
    .optional(),
  /** Default: the layout of the source. */
  layout: z.custom<Layout>(isLayout, 'a layout, as keen() makes one').optional(),
  compression: z
    .discriminatedUnion('format', [
      z.strictObject({ format: z.literal('gzip'), level: z.number().int().min(1).max(9).default(1) }), // 6 costs four times as much for a tenth of the bytes
      z.strictObject({ format: z.literal('zstd'), level: z.number().int().min(1).max(19).default(3) }),
    ])
    .prefault({ format: 'gzip' }),
  /** MiB of content, before compression, after which another file is begun. */
  rollAfter: z.number().min(1).optional(),
});
export type S3Options = z.output<typeof S3Options>;

export interface FileTarget {
  readonly bucket: string;
  readonly layout: Layout;
  readonly placement: Placement;
  /** Whose rights it is written with; absent for the function's own. */
  readonly client?: S3Client;
  readonly compression: Compression;
  /** Bytes of content. */
  readonly rollAfter: number;
  readonly source: StreamFile;
  /** Metadata of the event being handled. */
  readonly cause: Metadata;
  readonly workflow: string;
}

/** What a copy's options say, for one source. @throws ConfigurationError where that is the source itself. */
export function fileTarget(
  { compression, rollAfter, ...options }: S3Options,
  run: Pick<FileTarget, 'bucket' | 'layout' | 'placement' | 'source' | 'cause' | 'workflow'>,
): FileTarget {
  const target = {
    ...run,
    compression,
    bucket: options.bucket ?? run.bucket,
    layout: options.layout ?? run.layout,
    ...clientFor(options),
    rollAfter: (rollAfter ?? Number.POSITIVE_INFINITY) * 1024 * 1024,
  };
  if (target.bucket === run.source.bucket && keyOf(target, target.placement) === run.source.key) {
    throw new ConfigurationError(`a copy would overwrite its source s3://${run.source.bucket}/${run.source.key}`);
  }
  return target;
}

function clientFor({ role, region }: Pick<S3Options, 'role' | 'region'>): Pick<FileTarget, 'client'> {
  return role === undefined && region === undefined ? {} : { client: s3As(role, region) };
}

/** Where the first file of a target goes. */
export function uriOfTarget(target: FileTarget): string {
  return `s3://${target.bucket}/${keyOf(target, target.placement)}`;
}

/** The files of a run that was stopped: those that are complete, and the one that was being written. */
export interface SuspendedFiles {
  readonly finished: readonly WrittenFile[];
  readonly records: number;
  readonly object: SuspendedObject;
}

/** The files a copy makes of one source: one, which may be empty, or as many as it takes. */
export class FileOutput implements Output {
  readonly #target: FileTarget;
  readonly #finished: Promise<WrittenFile>[];
  #file: OpenFile;

  /** @param before what `suspend()` gave for the same target. */
  constructor(target: FileTarget, before?: SuspendedFiles) {
    this.#target = target;
    this.#finished = (before?.finished ?? []).map((file) => Promise.resolve(file));
    this.#file = openFile(target, this.#finished.length, before);
  }

  putBytes(bytes: string): void {
    this.#file.object.putBytes(bytes);
  }

  put(text: string): void {
    this.#file.object.put(text);
  }

  end(): void {
    const { object } = this.#file;
    object.putBytes('\n');
    this.#file.records++;
    if (object.contentSize >= this.#target.rollAfter) this.#roll();
  }

  drained(): Promise<void> | undefined {
    const rolled = this.#file.records === 0 ? this.#finished.at(-1) : undefined;
    return rolled === undefined ? this.#file.object.drained() : rolled.then(() => undefined);
  }

  async finish(): Promise<readonly WrittenFile[]> {
    if (this.#file.records === 0 && this.#finished.length > 0) await this.#file.object.abort();
    else this.#finished.push(this.#complete(this.#file));
    return await Promise.all(this.#finished);
  }

  /** Stops, between two records; a new one that is given the result goes on. */
  async suspend(): Promise<SuspendedFiles> {
    const finished = await Promise.all(this.#finished);
    return { finished, records: this.#file.records, object: await this.#file.object.suspend() };
  }

  async abort(): Promise<void> {
    await this.#file.object.abort();
    await Promise.allSettled(this.#finished);
  }

  #roll(): void {
    const finished = this.#complete(this.#file);
    finished.catch(() => undefined); // heard in drained() or finish()
    this.#finished.push(finished);
    this.#file = openFile(this.#target, this.#finished.length);
  }

  async #complete(file: OpenFile): Promise<WrittenFile> {
    const { project, collection, interval } = file.placement;
    const described = { bucket: this.#target.bucket, key: file.key, project, collection, interval: iso(interval) };
    return { ...described, ...(await file.object.finish()), records: file.records };
  }
}

interface OpenFile {
  readonly placement: Placement;
  readonly key: string;
  readonly object: CompressedObject;
  records: number;
}

/** @param index 0 for the first, which has the plain name. */
function openFile(target: FileTarget, index: number, before?: SuspendedFiles): OpenFile {
  const { bucket, layout, compression, workflow, cause, source } = target;
  const client = target.client === undefined ? {} : { client: target.client };
  const parts = [
    ...(target.placement.part === undefined ? [] : [target.placement.part]),
    ...(index === 0 ? [] : [index + 1]),
  ];
  const placement = parts.length === 0 ? target.placement : { ...target.placement, part: parts.join('-') };
  const key = keyOf(target, placement);
  const metadata = { ...layout.metadata(placement), ...lineageMetadata(workflow, cause, source) };
  const object = new CompressedObject({ bucket, key, metadata, compression, ...client }, before?.object);
  return { placement, key, object, records: before?.records ?? 0 };
}

/** Layouts name gzip files; a file in another format says so in its name. */
function keyOf({ layout, compression }: Pick<FileTarget, 'layout' | 'compression'>, placement: Placement): string {
  const key = layout.key(placement);
  return compression.format === 'gzip' ? key : key.replace(/\.gz$/, '.zst');
}
