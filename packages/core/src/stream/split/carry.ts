/**
 * The part of a record that lies in earlier pieces: copied together, up to a bound, beyond which it is only measured.
 */
export class Carry {
  /** Bytes added since the last `take()`, held or not. */
  size = 0;
  readonly #bound: number;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(bound: number) {
    this.#bound = bound;
  }

  /** More was added than is held. */
  get overflowed(): boolean {
    return this.size > this.#bound;
  }

  /** The bytes held, valid until the next `add()`. */
  get held(): Buffer {
    return this.#bytes.subarray(0, Math.min(this.size, this.#bound));
  }

  add(bytes: Buffer): void {
    const held = Math.min(this.size, this.#bound);
    const taken = Math.min(bytes.length, this.#bound - held);
    if (taken > 0) {
      this.#reserve(held + taken);
      bytes.copy(this.#bytes, held, 0, taken);
    }
    this.size += bytes.length;
  }

  /** The bytes held, valid until the next `add()`; starts anew. */
  take(): Buffer {
    const { held } = this;
    this.size = 0;
    return held;
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.min(this.#bound, Math.max(length, 2 * this.#bytes.length)));
    this.#bytes.copy(grown);
    this.#bytes = grown;
  }
}
