/**
 * Cuts the records of a copy into chunks, the same ones in every run, and sends one after the other.
 */
import { hash, MillraceError } from '../../runtime/index.ts';
import type { Output } from '../output.ts';
import type { Chunk, ChunkRecord, ChunkSink, Delivery, Refusal } from './chunk.ts';
import type { ChunkLog } from './chunk-log.ts';

/** Chunks that wait while one is sent. */
const WAITING = 2;
/** Refused records of a file; where there are more, it is not the records that are wrong. */
const MAX_REFUSED = 10_000;

export interface Sent {
  /** Records taken by the other side, in this run or an earlier one. */
  readonly records: number;
  readonly refused: readonly Refusal[];
}

/** What a run that was stopped had sent, and what it had not. */
export interface SuspendedChunks extends Sent {
  readonly chunks: number;
  /** In no chunk yet. */
  readonly waiting: readonly ChunkRecord[];
}

export class ChunkedOutput implements Output {
  readonly #delivery: Delivery;
  readonly #sink: ChunkSink;
  readonly #log: ChunkLog;
  readonly #refused: Refusal[];
  #json = '';
  #records: ChunkRecord[];
  #bytes: number;
  #chunks: number;
  #taken: number;
  #waiting = 0;
  #stopped = false;
  #sending: Promise<void> = Promise.resolve();

  /** @param before what `suspend()` gave for the same delivery. */
  constructor(delivery: Delivery, sink: ChunkSink, log: ChunkLog, before?: SuspendedChunks) {
    this.#delivery = delivery;
    this.#sink = sink;
    this.#log = log;
    this.#records = [...(before?.waiting ?? [])];
    this.#bytes = this.#records.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0);
    this.#chunks = before?.chunks ?? 0;
    this.#taken = before?.records ?? 0;
    this.#refused = [...(before?.refused ?? [])];
  }

  putBytes(bytes: string): void {
    this.put(Buffer.from(bytes, 'latin1').toString());
  }

  put(text: string): void {
    this.#json += text;
  }

  end(line: number): void {
    const json = this.#json;
    this.#json = '';
    const { maxBytes, maxRecordBytes = maxBytes, maxRecords, destination } = this.#sink;
    const bytes = Buffer.byteLength(json);
    if (bytes > maxRecordBytes) {
      const message = `${bytes} bytes, ${destination} takes ${maxRecordBytes}; drop what it does not need`;
      this.#refuse([{ line, reason: 'too_large_for_sink', message }]);
      return;
    }
    if (this.#records.length === maxRecords || this.#bytes + bytes > maxBytes) this.#cut();
    this.#records.push({ line, json });
    this.#bytes += bytes;
  }

  drained(): Promise<void> | undefined {
    return this.#waiting < WAITING ? undefined : this.#sending;
  }

  async finish(): Promise<Sent> {
    if (this.#records.length > 0) this.#cut();
    await this.#sending;
    return { records: this.#taken, refused: this.#refused };
  }

  /** Stops, between two records; a new one that is given the result goes on. */
  async suspend(): Promise<SuspendedChunks> {
    await this.#sending;
    return { records: this.#taken, refused: this.#refused, chunks: this.#chunks, waiting: this.#records };
  }

  async abort(): Promise<void> {
    this.#stopped = true;
    await this.#sending.catch(() => undefined);
  }

  #cut(): void {
    const { copy, source } = this.#delivery;
    const index = this.#chunks++;
    const records = this.#records;
    const contents = records.flatMap(({ line, json }) => [line, json]);
    const digest = hash(this.#sink.destination, copy, source.bucket, source.key, source.etag, index, ...contents);
    this.#records = [];
    this.#bytes = 0;
    this.#waiting++;
    this.#sending = this.#sending.then(() => this.#send({ index, digest, records }));
    this.#sending.catch(() => undefined); // heard in drained() or finish()
  }

  async #send(chunk: Chunk): Promise<void> {
    if (this.#stopped) return;
    const known = this.#log.sent(chunk);
    const refused = known ?? (await this.#sink.send(chunk));
    if (known === undefined) await this.#log.remember(chunk, refused);
    this.#taken += chunk.records.length - refused.length;
    this.#waiting--;
    this.#refuse(refused);
  }

  #refuse(refusals: readonly Refusal[]): void {
    this.#refused.push(...refusals);
    if (this.#refused.length <= MAX_REFUSED) return;
    throw new MillraceError(
      'sink_refuses',
      `${this.#sink.destination} refused ${this.#refused.length} records of one file, the last because of ` +
        `${this.#refused.at(-1)?.reason}; put that right and redrive the file`,
      { retryable: false },
    );
  }
}
