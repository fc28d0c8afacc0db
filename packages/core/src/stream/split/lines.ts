/**
 * One record a line. Empty lines, CRLF, a byte order mark at the start and a missing last line break are normal.
 */
import { isAscii, isUtf8, transcode } from 'node:buffer';
import { Carry } from './carry.ts';
import { Openings } from './openings.ts';
import { HEAD, type RecordSink, type SplitPosition, type Splitter, type Tail } from './splitter.ts';

const LF = 10;
const CR = 13;
const OPENING_BRACE = 0x7b;
const BYTE_ORDER_MARK = '\ufeff';

export class LineSplitter implements Splitter {
  readonly #sink: RecordSink;
  readonly #maxBytes: number;
  readonly #carry: Carry;
  /** The line at hand, from 1, and where it starts. */
  #line: number;
  #offset: number;

  /** @param from where its content starts, if not at the beginning. */
  constructor(
    sink: RecordSink,
    maxBytes: number,
    from: Pick<SplitPosition, 'line' | 'offset'> = { line: 1, offset: 0 },
  ) {
    this.#line = from.line;
    this.#offset = from.offset;
    this.#sink = sink;
    this.#maxBytes = maxBytes;
    this.#carry = new Carry(maxBytes + 4); // byte order mark and carriage return are not part of a record
  }

  push(piece: Buffer): void {
    let start = 0;
    if (this.#carry.size > 0) {
      const lineBreak = piece.indexOf(LF);
      this.#carry.add(piece.subarray(0, lineBreak === -1 ? piece.length : lineBreak));
      if (lineBreak === -1) return;
      this.#endCarried();
      start = lineBreak + 1;
    }
    const last = piece.lastIndexOf(LF);
    if (last >= start) {
      this.#wholeLines(piece, start, last + 1);
      start = last + 1;
    }
    if (start < piece.length) this.#carry.add(piece.subarray(start));
  }

  end(): void {
    if (this.#carry.size > 0) this.#endCarried();
  }

  position(): SplitPosition {
    return { container: 'lines', line: this.#line, offset: this.#offset };
  }

  breakOff(): Tail {
    if (this.#carry.overflowed) this.#endCarried();
    return { line: this.#line, offset: this.#offset, bytes: this.#carry.take() };
  }

  #endCarried(): void {
    const { size, overflowed } = this.#carry;
    const bytes = this.#carry.take();
    if (overflowed) this.#tooLarge(bytes, size);
    else if (isUtf8(bytes)) this.#bytes(bytes, 0, size);
    else this.#notUtf8(bytes);
    this.#next(size + 1);
  }

  /** `piece[start, end)` ends with a line break. One check and one decoding serve all lines where they are valid. */
  #wholeLines(piece: Buffer, start: number, end: number): void {
    const lines = piece.subarray(start, end);
    const ascii = isAscii(lines);
    const valid = ascii || isUtf8(lines);
    if (!valid || this.#sink.wantsRaw) this.#otherLines(lines, valid);
    else if (ascii) this.#asciiLines(lines);
    else this.#utf8Lines(lines);
  }

  #asciiLines(lines: Buffer): void {
    const all = lines.toString('latin1');
    for (let start = 0; start < all.length; ) {
      const end = all.indexOf('\n', start);
      this.#text(all.slice(start, end), lines, start, end);
      this.#next(end + 1 - start);
      start = end + 1;
    }
  }

  /** Lines that have as many characters as bytes are ASCII, and are parsed faster from text of one byte a character. */
  #utf8Lines(lines: Buffer): void {
    const all = transcode(lines, 'utf8', 'utf16le').toString('utf16le'); // four times as fast as toString('utf8')
    const latin1 = lines.toString('latin1');
    const openings = new Openings(latin1);
    for (let start = 0, from = 0; start < lines.length; ) {
      const end = latin1.indexOf('\n', start);
      const to = all.indexOf('\n', from);
      const line = end - start === to - from ? latin1.slice(start, end) : all.slice(from, to);
      this.#text(line, lines, start, end, openings.within(start, end));
      this.#next(end + 1 - start);
      start = end + 1;
      from = to + 1;
    }
  }

  #otherLines(lines: Buffer, valid: boolean): void {
    for (let start = 0; start < lines.length; ) {
      const end = lines.indexOf(LF, start);
      if (valid || isUtf8(lines.subarray(start, end))) this.#bytes(lines, start, end);
      else this.#notUtf8(lines.subarray(start, end));
      this.#next(end + 1 - start);
      start = end + 1;
    }
  }

  #next(bytes: number): void {
    this.#line++;
    this.#offset += bytes;
  }

  /** One line that is valid text, without its line break. */
  #text(text: string, bytes: Buffer, start: number, end: number, openings?: number): void {
    const to = bytes[end - 1] === CR && end > start ? end - 1 : end;
    const from = this.#offset === 0 && text.startsWith(BYTE_ORDER_MARK) ? start + 3 : start;
    if (to - from > this.#maxBytes) this.#tooLarge(bytes.subarray(start, end), end - start);
    else if (isBlank(text)) return;
    else {
      const record = from === start ? text : text.slice(1); // a carriage return is white space to JSON
      const records = this.#sink.record(record, this.#line, this.#offset + from - start, bytes, from, to, openings);
      this.#line += records - 1; // a number is one record's
    }
  }

  /** One line that is valid UTF-8, without its line break; decoded only where its bytes alone are not enough. */
  #bytes(bytes: Buffer, start: number, end: number): void {
    if (this.#sink.wantsRaw && bytes[start] === OPENING_BRACE) {
      const to = bytes[end - 1] === CR ? end - 1 : end;
      if (to - start <= this.#maxBytes && this.#sink.raw(bytes, start, to, this.#line)) return;
    }
    this.#text(bytes.toString('utf8', start, end), bytes, start, end);
  }

  #notUtf8(line: Buffer): void {
    const bytes = line.at(-1) === CR ? line.subarray(0, -1) : line;
    if (bytes.length > this.#maxBytes) this.#tooLarge(line, line.length);
    else this.#sink.invalidUtf8(this.#line, this.#offset, bytes);
  }

  #tooLarge(bytes: Buffer, size: number): void {
    this.#sink.tooLarge(this.#line, this.#offset, bytes.subarray(0, HEAD), size);
  }
}

/** Nothing but JSON's white space, and a byte order mark, of which there is only one. */
function isBlank(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code !== 32 && code !== 9 && code !== CR && !(at === 0 && code === 0xfeff)) return false;
  }
  return true;
}
