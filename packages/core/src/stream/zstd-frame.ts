/**
 * Where a zstd frame ends, told from the sizes its header and blocks carry. Node's decoder drops what follows a frame in
 * the same write, and does not say whether the last frame was whole; so each write is made to end where a frame does.
 * https://www.rfc-editor.org/rfc/rfc8878#section-3.1
 */

const MAGIC = 0xfd2fb528;
/** With any last hexadecimal digit: a frame of something else, to be skipped. */
const SKIPPABLE = 0x184d2a50;

/** Whether content that begins with these four bytes is zstd. */
export function isZstdMagic(magic: number): boolean {
  return magic === MAGIC || (magic & 0xfffffff0) >>> 0 === SKIPPABLE;
}

type Part =
  | 'magic'
  | 'descriptor'
  | 'header'
  | 'block'
  | 'content'
  | 'checksum'
  | 'skippedSize'
  | 'skipped'
  | 'unknown';

const CONTENT_SIZE_BYTES = [0, 2, 4, 8];
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];

export class ZstdFrame {
  #part: Part = 'magic';
  /** Bytes of the part still to come, and the number those read make, little-endian. */
  #missing = 4;
  #number = 0;
  #length = 4;
  #lastBlock = false;
  #hasChecksum = false;

  /** Whether nothing of a frame has been read. */
  get isBetween(): boolean {
    return this.#part === 'magic' && this.#missing === 4;
  }

  /** Reads on at `from`. @returns the index behind the frame, or of the end of the buffer. */
  read(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length) {
      const taken = Math.min(this.#missing, bytes.length - at);
      if (this.#length <= 4) {
        for (let n = 0; n < taken; n++)
          this.#number += (bytes[at + n] ?? 0) * 2 ** (8 * (this.#length - this.#missing + n));
      }
      at += taken;
      this.#missing -= taken;
      while (this.#missing === 0) if (this.#next()) return at;
    }
    return at;
  }

  /** What follows the part just read. @returns whether that was the frame's last. */
  #next(): boolean {
    const number = this.#number;
    switch (this.#part) {
      case 'magic':
        if (number === MAGIC) this.#expect('descriptor', 1);
        else if (isZstdMagic(number)) this.#expect('skippedSize', 4);
        else this.#expect('unknown', Number.POSITIVE_INFINITY); // the decoder says what is wrong
        return false;
      case 'descriptor':
        this.#hasChecksum = (number & 4) !== 0;
        this.#expect('header', headerBytes(number));
        return false;
      case 'header':
        this.#expect('block', 3);
        return false;
      case 'block': {
        const runOfOneByte = ((number >> 1) & 3) === 1;
        this.#lastBlock = (number & 1) === 1;
        this.#expect('content', runOfOneByte ? 1 : number >> 3);
        return false;
      }
      case 'content':
        if (!this.#lastBlock) this.#expect('block', 3);
        else if (this.#hasChecksum) this.#expect('checksum', 4);
        else return this.#end();
        return false;
      case 'skippedSize':
        this.#expect('skipped', number);
        return false;
      default:
        return this.#end();
    }
  }

  #expect(part: Part, length: number): void {
    this.#part = part;
    this.#missing = length;
    this.#length = length;
    this.#number = 0;
  }

  #end(): true {
    this.#expect('magic', 4);
    return true;
  }
}

/** Bytes between the descriptor and the first block: window, dictionary, size of the content. */
function headerBytes(descriptor: number): number {
  const oneSegment = (descriptor & 0x20) !== 0;
  const size = CONTENT_SIZE_BYTES[descriptor >> 6] ?? 0;
  return (oneSegment ? 0 : 1) + (DICTIONARY_ID_BYTES[descriptor & 3] ?? 0) + (oneSegment && size === 0 ? 1 : size);
}
