/**
 * gzip and zstd, driven one slice at a time and without a throw.
 */
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { Unreadable } from './rejection.ts';
import { ZstdFrame } from './zstd-frame.ts';

/** Bytes of one piece of output. */
export const PIECE = 64 * 1024;
/** Bytes given at once. At deflate's highest ratio, 1032:1, they become 33 MB: the most that is ever in memory … */
export const SLICE = 32 * 1024;
/** … and zstd, where four bytes can be 128 KiB, is stopped here. */
const SLICE_INFLATED = 34 * 1024 * 1024;

/** What one slice inflates to, up to the failure where it has one. */
export interface Inflated {
  readonly pieces: readonly Buffer[];
  /** Of all slices so far. */
  readonly bytesIn: number;
  readonly failure: Unreadable | undefined;
}

/** Makes an inflater of one compression. */
export type Inflation = () => Inflater;

export const gzip: Inflation = () => new GzipInflater();
export const zstd: Inflation = () => new ZstdInflater();

/** Several members or frames in a row are one content. */
export abstract class Inflater {
  bytesOut = 0;
  protected bytesIn = 0;
  protected pieces: Buffer[] = [];
  protected readonly zlib: Decoder;
  readonly #name: string;
  #sliceOut = 0;
  #settle: ((failure?: Unreadable) => void) | undefined;

  protected constructor(name: string, zlib: Decoder) {
    this.#name = name;
    this.zlib = zlib;
    zlib.on('data', (piece: Buffer) => {
      this.bytesOut += piece.length;
      this.#sliceOut += piece.length;
      if (this.#sliceOut <= SLICE_INFLATED) this.pieces.push(piece);
      else this.#stop();
    });
    zlib.on('error', (error: NodeJS.ErrnoException) => this.#settle?.(this.#unreadable(error)));
    zlib.on('end', () => this.#settle?.());
  }

  async write(slice: Buffer): Promise<Inflated> {
    this.pieces = [];
    this.#sliceOut = 0;
    this.bytesIn += slice.length;
    const failure = await this.inflate(slice);
    return { pieces: this.pieces, bytesIn: this.bytesIn, failure };
  }

  /** The failure of content that stops before its end. */
  abstract end(): Promise<Unreadable | undefined>;

  close(): void {
    this.zlib.destroy();
  }

  protected abstract inflate(slice: Buffer): Promise<Unreadable | undefined>;

  protected until(start: (settle: (failure?: Unreadable) => void) => void): Promise<Unreadable | undefined> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      start(resolve);
    });
  }

  protected truncated(): Unreadable {
    return new Unreadable('truncated_file', `the ${this.#name} content ends before its end; send the file again`);
  }

  protected followed(): Unreadable {
    return new Unreadable(
      'corrupt_file',
      `the ${this.#name} content is followed by something else; send the file again`,
    );
  }

  #unreadable(error: NodeJS.ErrnoException): Unreadable {
    if (error.errno === constants.Z_BUF_ERROR) return this.truncated();
    return new Unreadable(
      'corrupt_file',
      `the ${this.#name} content is damaged (${error.message}); send the file again`,
    );
  }

  #stop(): void {
    this.#settle?.(
      new Unreadable('inflation_limit', `${SLICE} bytes inflate to over ${SLICE_INFLATED}; the rest was not read`),
    );
    this.zlib.destroy();
  }
}

type Decoder = ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>;

class GzipInflater extends Inflater {
  /** Only zeros may follow, as tape archives pad with them. */
  #padding = false;

  constructor() {
    super('gzip', createGunzip({ chunkSize: PIECE }));
  }

  protected async inflate(slice: Buffer): Promise<Unreadable | undefined> {
    if (this.#padding) return this.#surplus(slice);
    const failure = await this.until((settle) => this.zlib.write(slice, () => settle()));
    if (failure !== undefined) return failure;
    const unused = this.bytesIn - this.zlib.bytesWritten;
    this.#padding = unused > 0;
    return this.#surplus(slice.subarray(slice.length - unused));
  }

  async end(): Promise<Unreadable | undefined> {
    return this.#padding ? undefined : this.until(() => this.zlib.end());
  }

  #surplus(bytes: Buffer): Unreadable | undefined {
    return bytes.every((byte) => byte === 0) ? undefined : this.followed();
  }
}

class ZstdInflater extends Inflater {
  readonly #frame = new ZstdFrame();

  constructor() {
    super('zstd', createZstdDecompress({ chunkSize: PIECE }));
  }

  protected async inflate(slice: Buffer): Promise<Unreadable | undefined> {
    for (let at = 0; at < slice.length; ) {
      const end = this.#frame.read(slice, at);
      const part = slice.subarray(at, end);
      const failure = await this.until((settle) => this.zlib.write(part, () => settle()));
      if (failure !== undefined) return failure;
      at = end;
    }
    return undefined;
  }

  async end(): Promise<Unreadable | undefined> {
    return this.#frame.isBetween ? undefined : this.truncated();
  }
}
