/**
 * Bytes as stored → bytes as written. The magic bytes say how, never the name of the file.
 */
import { gzip, type Inflated, type Inflation, PIECE, SLICE, zstd } from './inflater.ts';
import { type Limits, Unreadable } from './rejection.ts';
import { SecondLook } from './second-look.ts';
import { isZstdMagic } from './zstd-frame.ts';

/**
 * Pieces of the decompressed content, at most 64 KiB each.
 * @throws Unreadable after the last good piece, where the content is damaged; what `body` throws, as it is.
 */
export async function* decompress(body: AsyncIterable<Uint8Array>, limits: Limits): AsyncGenerator<Buffer, void, void> {
  const chunks = body[Symbol.asyncIterator]();
  try {
    const head = await readHead(chunks);
    const inflation = inflationOf(head);
    yield* inflation === undefined ? pieces(head, chunks) : inflate(inflation, blocks(head, chunks), limits);
  } finally {
    await chunks.return?.(); // closes the body where the reader stops early
  }
}

/** https://www.rfc-editor.org/rfc/rfc1952#page-6, https://www.rfc-editor.org/rfc/rfc8878#section-3.1; undefined for none. */
function inflationOf(head: Buffer): Inflation | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return gzip;
  if (head.length < 4) return undefined;
  return isZstdMagic(head.readUInt32LE()) ? zstd : undefined;
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

async function* inflate(
  inflation: Inflation,
  slices: AsyncIterable<Buffer>,
  limits: Limits,
): AsyncGenerator<Buffer, void, void> {
  const inflater = inflation();
  const secondLook = new SecondLook(inflation);
  const checked = function* ({ pieces, bytesIn }: Inflated) {
    for (const piece of pieces) {
      secondLook.delivered += piece.length;
      checkInflation(secondLook.delivered, bytesIn, limits);
      yield piece;
    }
  };
  try {
    let before: Inflated = { pieces: [], bytesIn: 0, failure: undefined };
    for await (const slice of slices) {
      secondLook.keep(slice);
      const underWay = inflater.write(slice); // on zlib's thread, while the slice before it is read here
      yield* checked(before);
      before = await underWay;
      if (before.failure !== undefined) break;
    }
    yield* checked(before);
    if (before.failure !== undefined && before.failure.reason !== 'inflation_limit') yield* secondLook.lastStep();
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
