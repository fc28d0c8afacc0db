/**
 * Two plainer ways to compress a text while it is written, to show what the copier's own way gains: on the thread that
 * writes, and by Node's stream with a write a record.
 */
import { once } from 'node:events';
import { createGzip, gzipSync } from 'node:zlib';

/** What the copier needs of a text that is compressed. */
export interface WrittenText {
  /** @param bytes UTF-8 read as Latin-1. */
  putBytes(bytes: string): void;
  put(text: string): void;
  drained(): Promise<void> | undefined;
  end(): Promise<void>;
}

type Take = (bytes: Buffer) => void;

/** As large as the copier's members. */
const BLOCK = 1024 * 1024;

/** Blocks as the copier's, compressed where they are written: the thread then does nothing else. */
export function onOneThread(level: number, take: Take): WrittenText {
  const block = Buffer.allocUnsafe(BLOCK);
  let filled = 0;
  const cut = () => {
    take(gzipSync(block.subarray(0, filled), { level }));
    filled = 0;
  };
  const put = (text: string, encoding: 'latin1' | 'utf8') => {
    if (3 * text.length > BLOCK - filled) cut();
    filled += block.write(text, filled, encoding);
  };
  return {
    putBytes: (bytes) => put(bytes, 'latin1'),
    put: (text) => put(text, 'utf8'),
    drained: () => undefined,
    end: async () => cut(),
  };
}

/** Node's gzip stream, given each record as it comes. */
export function withoutBuffers(level: number, take: Take): WrittenText {
  const gzip = createGzip({ level });
  gzip.on('data', take);
  let full = false;
  const write = (text: string, encoding: 'latin1' | 'utf8') => {
    full = !gzip.write(text, encoding);
  };
  return {
    putBytes: (bytes) => write(bytes, 'latin1'),
    put: (text) => write(text, 'utf8'),
    drained: () => (full && gzip.writableNeedDrain ? once(gzip, 'drain').then(() => undefined) : undefined),
    end: async () => {
      gzip.end();
      await once(gzip, 'end');
    },
  };
}
