/**
 * Where a JSON value ends, told from its bytes as they come and without holding them. It accepts a little more than JSON
 * (any word for a number, any escape), never less, and fails at the first byte no JSON could have there: so a damaged
 * record is noticed where it is damaged, and not where the file ends.
 */

/** What may come next. */
const VALUE = 0;
const VALUE_OR_END = 1; // `[` was just read
const KEY = 2;
const KEY_OR_END = 3; // `{` was just read
const COLON = 4;
const COMMA_OR_END = 5;
const STRING = 6;
const WORD = 7;

const OBJECT = 1;
const ARRAY = 2;

export type ScanState = 'within' | 'ended' | 'failed';

export class JsonScanner {
  state: ScanState = 'within';
  /** Bytes from the value's start to the last string in it: where a quote is missing, it was there. */
  lastString = 0;
  #next = VALUE;
  #escaped = false;
  /** Whether the string at hand is a property's name. */
  #naming = false;
  /** Kinds of the brackets that are open. */
  #open = new Uint8Array(64);
  #depth = 0;
  /** Bytes read before the buffer at hand. */
  #read = 0;

  /** Makes it ready for another value. */
  reset(): void {
    this.state = 'within';
    this.lastString = 0;
    this.#next = VALUE;
    this.#escaped = false;
    this.#depth = 0;
    this.#read = 0;
  }

  /**
   * Reads on at `from`, where the value starts or where the buffer before it ended.
   * @returns the index behind the value where `state` is `ended`, of the offending byte where it is `failed`, else the
   *   buffer's end.
   */
  scan(bytes: Buffer, from: number): number {
    const base = this.#read - from;
    let at = from;
    while (at < bytes.length && this.state === 'within') {
      if (this.#next === STRING) at = this.#string(bytes, at);
      else if (this.#next === WORD) at = this.#word(bytes, at);
      else at = this.#token(bytes, at, base);
    }
    this.#read = base + at;
    return at;
  }

  /** The content ended: only a word could be whole. */
  end(): void {
    if (this.#next === WORD && this.#depth === 0) this.state = 'ended';
  }

  #string(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (this.#escaped) this.#escaped = false;
      else if (byte === 0x5c) this.#escaped = true;
      else if (byte === 0x22) {
        if (this.#naming) this.#next = COLON;
        else this.#endValue();
        return at + 1;
      } else if (byte < 0x20) return this.#fail(at);
    }
    return bytes.length;
  }

  #word(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && isWord(bytes[at] ?? 0)) at++;
    if (at < bytes.length) this.#endValue();
    return at;
  }

  #token(bytes: Buffer, at: number, base: number): number {
    const byte = bytes[at] ?? 0;
    if (isSpace(byte)) return at + 1;
    switch (this.#next) {
      case VALUE:
        return this.#value(byte, at, base);
      case VALUE_OR_END:
        return byte === 0x5d ? this.#close(ARRAY, at) : this.#value(byte, at, base);
      case KEY_OR_END:
        return byte === 0x7d ? this.#close(OBJECT, at) : this.#key(byte, at, base);
      case KEY:
        return this.#key(byte, at, base);
      case COLON:
        if (byte !== 0x3a) return this.#fail(at);
        this.#next = VALUE;
        return at + 1;
      default:
        return this.#commaOrEnd(byte, at);
    }
  }

  #value(byte: number, at: number, base: number): number {
    if (byte === 0x7b) this.#enter(OBJECT);
    else if (byte === 0x5b) this.#enter(ARRAY);
    else if (byte === 0x22) this.#begin(false, base + at);
    else if (isWord(byte)) this.#next = WORD;
    else return this.#fail(at);
    return at + 1;
  }

  #key(byte: number, at: number, base: number): number {
    if (byte !== 0x22) return this.#fail(at);
    this.#begin(true, base + at);
    return at + 1;
  }

  #commaOrEnd(byte: number, at: number): number {
    const kind = this.#open[this.#depth - 1] ?? 0;
    if (byte === 0x7d) return this.#close(OBJECT, at);
    if (byte === 0x5d) return this.#close(ARRAY, at);
    if (byte !== 0x2c) return this.#fail(at);
    this.#next = kind === OBJECT ? KEY : VALUE;
    return at + 1;
  }

  #begin(naming: boolean, place: number): void {
    this.#naming = naming;
    this.#next = STRING;
    this.lastString = place;
  }

  #enter(kind: number): void {
    if (this.#depth === this.#open.length) {
      const grown = new Uint8Array(2 * this.#depth);
      grown.set(this.#open);
      this.#open = grown;
    }
    this.#open[this.#depth++] = kind;
    this.#next = kind === OBJECT ? KEY_OR_END : VALUE_OR_END;
  }

  #close(kind: number, at: number): number {
    if (this.#open[this.#depth - 1] !== kind) return this.#fail(at);
    this.#depth--;
    this.#endValue();
    return at + 1;
  }

  #endValue(): void {
    this.#next = COMMA_OR_END;
    if (this.#depth === 0) this.state = 'ended';
  }

  #fail(at: number): number {
    this.state = 'failed';
    return at;
  }
}

/** White space of JSON. */
export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** What numbers, `true`, `false` and `null` are made of. */
function isWord(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    byte === 0x2b ||
    byte === 0x2d ||
    byte === 0x2e
  );
}
