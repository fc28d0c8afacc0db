/**
 * What has been sent of a file: a chunk is remembered as soon as its answer is read, so that a run after a crash sends
 * only what is missing. Between an answer and its being remembered lies a window: a crash there sends that chunk again.
 */
import { Entity } from 'electrodb';
import type { FilePointer, StreamFile } from '../../event/index.ts';
import { DAY, expiresAt } from '../../runtime/index.ts';
import { expiry, keyPart, keyPartType, primary, SERVICE, table } from '../../table/index.ts';
import type { Chunk, Refusal } from './chunk.ts';

/** As long as a replay is recognized as one: see FileProgress. */
const RETENTION = 60 * DAY;

/** (copy, file version, chunk) is sent, and what of it was refused. */
export const CopyChunk = new Entity({
  model: { entity: 'copyChunk', version: '1', service: SERVICE },
  attributes: {
    bucket: { type: keyPartType, required: true },
    file: { type: keyPartType, required: true },
    copy: { type: keyPartType, required: true },
    etag: { type: keyPartType, required: true },
    chunk: { type: 'number', required: true, padding: { length: 9, char: '0' } },
    digest: { type: 'string', required: true },
    records: { type: 'number', required: true },
    refused: {
      type: 'list',
      required: true,
      items: {
        type: 'map',
        properties: {
          line: { type: 'number', required: true },
          reason: { type: 'string', required: true },
          message: { type: 'string', required: true },
        },
      },
    },
    expiresAt: expiry,
  },
  indexes: {
    byFile: {
      pk: { ...primary.pk, composite: ['bucket', 'file'] },
      sk: { ...primary.sk, composite: ['copy', 'etag', 'chunk'] },
    },
  },
});

/** The chunks of one copy of one version of a file. */
export class ChunkLog {
  readonly #copy: string;
  readonly #file: StreamFile;
  /** Refusals by digest. */
  readonly #sent: ReadonlyMap<string, readonly Refusal[]>;

  private constructor(copy: string, file: StreamFile, sent: ReadonlyMap<string, readonly Refusal[]>) {
    this.#copy = copy;
    this.#file = file;
    this.#sent = sent;
  }

  static async open(copy: string, file: StreamFile): Promise<ChunkLog> {
    const { data } = await CopyChunk.query.byFile(keyOf(copy, file)).go({ ...table(), pages: 'all', consistent: true });
    return new ChunkLog(copy, file, new Map(data.map(({ digest, refused }) => [digest, refused])));
  }

  /** What was refused of a chunk that has been sent; undefined for one that has not. */
  sent({ digest }: Chunk): readonly Refusal[] | undefined {
    return this.#sent.get(digest);
  }

  async remember({ index, digest, records }: Chunk, refused: readonly Refusal[]): Promise<void> {
    await CopyChunk.put({
      ...keyOf(this.#copy, this.#file),
      chunk: index,
      digest,
      records: records.length,
      refused: refused.map(({ line, reason, message }) => ({ line, reason, message })),
      expiresAt: expiresAt(Date.parse(this.#file.receivedAt) + RETENTION),
    }).go(table());
  }
}

function keyOf(copy: string, { bucket, key, etag }: FilePointer) {
  return { bucket: keyPart(bucket), file: keyPart(key), copy: keyPart(copy), etag: keyPart(etag) };
}
