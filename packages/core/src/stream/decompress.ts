/**
 * Bytes as stored → bytes as written. The magic bytes say how, never the name of the file.
 */
import { constants, createGunzip, type Gunzip } from 'node:zlib';
import { type Limits, Unreadable } from './rejection.ts';

/** Bytes of one piece of output. */
const PIECE = 64 * 1024;
/** Bytes given to zlib at once. At deflate's highest ratio they become 33 MB: the most that is ever in memory. */
const SLICE = 32 * 1024;
/**
 * Input kept for a second look. zlib drops what it inflated in the same call before it met an error; of files up to this
 * size the last step is taken again, byte by byte. Of larger ones at most one piece before the damage is not delivered.
 */
const KEPT = 4 * 1024 * 1024;

/**
 * Pieces of the decompressed content, at most 64 KiB each.
 * @throws Unreadable after the last good piece, where the content is damaged; what `body` throws, as it is.
 */
export async function* decompress(body: AsyncIterable<Uint8Array>, limits: Limits): AsyncGenerator<Buffer, void, void> {
  const slices = sliced(body);
  const head = await readHead(slices);
  const all = withHead(head, slices);
  yield* head[0] === 0x1f && head[1] === 0x8b ? gunzip(all, limits) : all;
}

async function* sliced(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, void> {
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at < bytes.length; at += SLICE) yield bytes.subarray(at, at + SLICE);
  }
}

/** Enough bytes to tell magic; fewer where the body has fewer. */
async function readHead(slices: AsyncGenerator<Buffer, void, void>): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < 4) {
    const next = await slices.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  return head;
}

async function* withHead(head: Buffer, rest: AsyncGenerator<Buffer, void, void>): AsyncGenerator<Buffer, void, void> {
  try {
    if (head.length > 0) yield head;
    yield* rest;
  } finally {
    await rest.return(); // closes the body where the reader stops early
  }
}

async function* gunzip(slices: AsyncIterable<Buffer>, limits: Limits): AsyncGenerator<Buffer, void, void> {
  const inflater = new Inflater();
  const replay = new Replay();
  try {
    for await (const slice of slices) {
      replay.keep(slice);
      const { pieces, failure } = await inflater.write(slice);
      for (const piece of pieces) {
        replay.delivered(piece);
        checkInflation(inflater, limits);
        yield piece;
      }
      if (failure === undefined) continue;
      yield* replay.lastStep();
      throw failure;
    }
    const failure = await inflater.end();
    if (failure !== undefined) throw failure;
  } finally {
    inflater.close();
  }
}

function checkInflation({ bytesIn, bytesOut }: Inflater, { inflationFrom, inflationRatio }: Limits): void {
  if (bytesOut <= inflationFrom || bytesOut <= bytesIn * inflationRatio) return;
  const ratio = Math.floor(bytesOut / bytesIn);
  throw new Unreadable(
    'inflation_limit',
    `inflates ${ratio}:1, the limit is ${inflationRatio}:1; the rest was not read`,
  );
}

/** zlib's gunzip, several members in a row, driven one slice at a time and without a throw. */
class Inflater {
  bytesIn = 0;
  bytesOut = 0;
  readonly #zlib: Gunzip = createGunzip({ chunkSize: PIECE });
  #pieces: Buffer[] = [];
  #settle: ((failure?: Unreadable) => void) | undefined;
  /** Only zeros may follow, as tape archives pad with them. */
  #padding = false;

  constructor() {
    this.#zlib.on('data', (piece: Buffer) => {
      this.bytesOut += piece.length;
      this.#pieces.push(piece);
    });
    this.#zlib.on('error', (error: NodeJS.ErrnoException) => this.#settle?.(unreadable(error)));
    this.#zlib.on('end', () => this.#settle?.());
  }

  /** What a slice inflates to, up to the failure where it has one. */
  async write(slice: Buffer): Promise<{ pieces: Buffer[]; failure: Unreadable | undefined }> {
    this.#pieces = [];
    this.bytesIn += slice.length;
    if (this.#padding) return { pieces: [], failure: surplus(slice) };
    const failure = await this.#until((settle) => this.#zlib.write(slice, () => settle()));
    if (failure !== undefined) return { pieces: this.#pieces, failure };
    const unused = this.bytesIn - this.#zlib.bytesWritten;
    this.#padding = unused > 0;
    return { pieces: this.#pieces, failure: surplus(slice.subarray(slice.length - unused)) };
  }

  /** The failure of content that stops before its end. */
  async end(): Promise<Unreadable | undefined> {
    return this.#padding ? undefined : this.#until(() => this.#zlib.end());
  }

  close(): void {
    this.#zlib.destroy();
  }

  #until(start: (settle: (failure?: Unreadable) => void) => void): Promise<Unreadable | undefined> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      start(resolve);
    });
  }
}

function unreadable(error: NodeJS.ErrnoException): Unreadable {
  return error.errno === constants.Z_BUF_ERROR
    ? new Unreadable('truncated_file', 'the gzip content ends before its end; send the file again')
    : new Unreadable('corrupt_file', `the gzip content is damaged (${error.message}); send the file again`);
}

function surplus(bytes: Buffer): Unreadable | undefined {
  if (bytes.every((byte) => byte === 0)) return undefined;
  return new Unreadable('corrupt_file', 'the gzip content is followed by something else; send the file again');
}

/** Takes the step that failed again, one byte at a time, so that all there is before the damage comes out. */
class Replay {
  #slices: Buffer[] | undefined = [];
  #kept = 0;
  #delivered = 0;

  keep(slice: Buffer): void {
    this.#kept += slice.length;
    if (this.#kept > KEPT) this.#slices = undefined;
    this.#slices?.push(slice);
  }

  delivered(piece: Buffer): void {
    this.#delivered += piece.length;
  }

  /** What the failed write inflated to and did not hand out. */
  async *lastStep(): AsyncGenerator<Buffer, void, void> {
    const failed = this.#slices?.pop();
    if (this.#slices === undefined || failed === undefined) return;
    const inflater = new Inflater();
    try {
      for (const slice of this.#slices) await inflater.write(slice);
      for (let at = 0; at < failed.length; at++) {
        const before = inflater.bytesOut;
        const { pieces, failure } = await inflater.write(failed.subarray(at, at + 1));
        let skip = this.#delivered - before;
        for (const piece of pieces) {
          if (skip < piece.length) yield skip > 0 ? piece.subarray(skip) : piece;
          skip -= piece.length;
        }
        if (failure !== undefined) return;
      }
    } finally {
      inflater.close();
    }
  }
}
