/**
 * Takes the step that failed again, at last byte by byte, so that all there is before the damage comes out.
 */
import type { Inflation } from './inflater.ts';

/**
 * Input kept for a second look. zlib drops what it inflated in the same call before it met an error; of files up to this
 * size the last step is taken again, byte by byte. Of larger ones at most one piece before the damage is not delivered.
 */
const KEPT = 4 * 1024 * 1024;

/** Bytes a step of the second look starts with; the one that fails is then taken byte by byte. */
const STEP = 256;

export class SecondLook {
  /** Bytes of output handed out. */
  delivered = 0;
  #slices: Buffer[] | undefined = [];
  #kept = 0;
  readonly #inflation: Inflation;

  constructor(inflation: Inflation) {
    this.#inflation = inflation;
  }

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
      const inflater = this.#inflation();
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
