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

/** Bytes a step of the second look starts with; the one that fails is then taken byte by byte. */
const STEP = 256;

/**
 * Pieces of the decompressed content, at most 64 KiB each.
 * @throws Unreadable after the last good piece, where the content is damaged; what `body` throws, as it is.
 */
export async function* decompress(body: AsyncIterable<Uint8Array>, limits: Limits): AsyncGenerator<Buffer, void, void> {
  const chunks = body[Symbol.asyncIterator]();
  try {
    const head = await readHead(chunks);
    yield* head[0] === 0x1f && head[1] === 0x8b ? gunzip(blocks(head, chunks), limits) : pieces(head, chunks);
  } finally {
    await chunks.return?.(); // closes the body where the reader stops early
  }
}

/** Enough bytes to tell magic; fewer where the body has fewer. */
async function readHead(chunks: AsyncIterator<Uint8Array>): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < 4) {
    const next = await chunks.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  return head;
}

/** As they come, none too large to be decoded in one go. */
async function* pieces(head: Buffer, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Buffer, void, void> {
  for (let chunk: Uint8Array = head; ; ) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
    const next = await chunks.next();
    if (next.done) return;
    chunk = next.value;
  }
}

/** Blocks of the same size however the bytes come, so that damage is met at the same place in every run. */
async function* blocks(head: Buffer, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Buffer, void, void> {
  let block = Buffer.allocUnsafe(SLICE);
  let filled = 0;
  for (let chunk: Uint8Array = head; ; ) {
    for (let at = 0; at < chunk.length; ) {
      const taken = chunk.subarray(at, at + SLICE - filled);
      block.set(taken, filled);
      filled += taken.length;
      at += taken.length;
      if (filled < SLICE) break;
      yield block;
      block = Buffer.allocUnsafe(SLICE);
      filled = 0;
    }
    const next = await chunks.next();
    if (next.done) break;
    chunk = next.value;
  }
  if (filled > 0) yield block.subarray(0, filled);
}

async function* gunzip(slices: AsyncIterable<Buffer>, limits: Limits): AsyncGenerator<Buffer, void, void> {
  const inflater = new Inflater();
  const replay = new Replay();
  const checked = function* ({ pieces, bytesIn }: Inflated) {
    for (const piece of pieces) {
      replay.delivered += piece.length;
      checkInflation(replay.delivered, bytesIn, limits);
      yield piece;
    }
  };
  try {
    let before: Inflated = { pieces: [], bytesIn: 0, failure: undefined };
    for await (const slice of slices) {
      replay.keep(slice);
      const underWay = inflater.write(slice); // on zlib's thread, while the slice before it is read here
      yield* checked(before);
      before = await underWay;
      if (before.failure !== undefined) break;
    }
    yield* checked(before);
    if (before.failure !== undefined) yield* replay.lastStep();
    const failure = before.failure ?? (await inflater.end());
    if (failure !== undefined) throw failure;
  } finally {
    inflater.close();
  }
}

function checkInflation(bytesOut: number, bytesIn: number, { inflationFrom, inflationRatio }: Limits): void {
  if (bytesOut <= inflationFrom || bytesOut <= bytesIn * inflationRatio) return;
  const ratio = Math.floor(bytesOut / bytesIn);
  throw new Unreadable(
    'inflation_limit',
    `inflates ${ratio}:1, the limit is ${inflationRatio}:1; the rest was not read`,
  );
}

/** What one slice inflates to, up to the failure where it has one. */
interface Inflated {
  readonly pieces: readonly Buffer[];
  /** Of all slices so far. */
  readonly bytesIn: number;
  readonly failure: Unreadable | undefined;
}

/** zlib's gunzip, several members in a row, driven one slice at a time and without a throw. */
class Inflater {
  bytesOut = 0;
  #bytesIn = 0;
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

  async write(slice: Buffer): Promise<Inflated> {
    this.#pieces = [];
    this.#bytesIn += slice.length;
    const failure = await this.#inflate(slice);
    return { pieces: this.#pieces, bytesIn: this.#bytesIn, failure };
  }

  async #inflate(slice: Buffer): Promise<Unreadable | undefined> {
    if (this.#padding) return surplus(slice);
    const failure = await this.#until((settle) => this.#zlib.write(slice, () => settle()));
    if (failure !== undefined) return failure;
    const unused = this.#bytesIn - this.#zlib.bytesWritten;
    this.#padding = unused > 0;
    return surplus(slice.subarray(slice.length - unused));
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

/** Takes the step that failed again, at last byte by byte, so that all there is before the damage comes out. */
class Replay {
  /** Bytes of output handed out. */
  delivered = 0;
  #slices: Buffer[] | undefined = [];
  #kept = 0;

  keep(slice: Buffer): void {
    this.#kept += slice.length;
    if (this.#kept > KEPT) this.#slices = undefined;
    this.#slices?.push(slice);
  }

  /** What the failed write inflated to and did not hand out. */
  async *lastStep(): AsyncGenerator<Buffer, void, void> {
    const passed = this.#slices ?? [];
    let failed = passed.pop() ?? Buffer.alloc(0);
    for (const step of [STEP, 1]) {
      const inflater = new Inflater();
      try {
        for (const slice of passed) await inflater.write(slice);
        for (let at = 0; at < failed.length; at += step) {
          const part = failed.subarray(at, at + step);
          const before = inflater.bytesOut;
          const { pieces, failure } = await inflater.write(part);
          yield* this.#undelivered(pieces, before);
          if (failure !== undefined) {
            failed = part;
            break;
          }
          passed.push(part);
        }
      } finally {
        inflater.close();
      }
    }
  }

  *#undelivered(pieces: readonly Buffer[], before: number): Generator<Buffer, void, void> {
    let start = before;
    for (const piece of pieces) {
      const end = start + piece.length;
      if (end > this.delivered) {
        yield piece.subarray(Math.max(0, this.delivered - start));
        this.delivered = end;
      }
      start = end;
    }
  }
}
