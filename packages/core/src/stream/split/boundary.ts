/**
 * Where, after damage, the next record starts: at a `{` behind a `}` (white space and one comma may lie between), or at
 * the start of a line. Such a place may also lie inside the damaged record; then its rest is taken for records or
 * rejected, but no neighbour is lost.
 */
import { isSpace } from './scan.ts';

/** What was just read, white space left out. */
const OTHER = 0;
const CLOSED = 1;
const SEPARATED = 2;

export class BoundaryFinder {
  #seen = OTHER;
  #lineStart = false;
  #anywhere = false;

  /** @param damage where it starts; where that is between two records, the very next `{` starts one. */
  reset(damage: 'within' | 'between'): void {
    this.#seen = OTHER;
    this.#lineStart = false;
    this.#anywhere = damage === 'between';
  }

  /** The index of the `{` that starts a record, looking on at `from`; -1 where this buffer has none. */
  find(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === 0x7b && (this.#anywhere || this.#lineStart || this.#seen !== OTHER)) return at;
      if (byte === 0x7d) this.#seen = CLOSED;
      else if (byte === 0x2c) this.#seen = this.#seen === CLOSED ? SEPARATED : OTHER;
      else if (!isSpace(byte)) this.#seen = OTHER;
      this.#lineStart = byte === 0x0a;
    }
    return -1;
  }
}
