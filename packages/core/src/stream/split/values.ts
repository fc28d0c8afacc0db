/**
 * Records that are not told apart by lines: one JSON value after the other (`}{`, as Firehose writes them, or over
 * several lines each), the elements of one array, or of `{"Records":[…]}`, as CloudTrail writes them; and several of
 * those in a row, as they come of files put together. `line` counts records here.
 *
 * What is damaged is one rejection, up to where the next record starts; see `BoundaryFinder`.
 */
import { isUtf8 } from 'node:buffer';
import { BoundaryFinder } from './boundary.ts';
import { Carry } from './carry.ts';
import { isSpace, JsonScanner } from './scan.ts';
import { HEAD, type RecordSink, type SplitPosition, type Splitter, type Tail } from './splitter.ts';

export type Container = 'values' | 'array' | 'records';

/** How a container of that kind begins, but for white space. */
export const OPENING = { array: '[', records: '{"Records":[' } as const;

/** Whether white space would belong to the name in `OPENING.records`, where so many bytes of it have been read. */
export function isWithinName(opened: number): boolean {
  return opened >= 2 && opened <= '{"Records'.length;
}

const NOTHING = Buffer.alloc(0);

/** Where in the content it is: between two values, in the opening of a container, in a value, or in damage. */
type Place = 'between' | 'opening' | 'value' | 'damage';

export class ValueSplitter implements Splitter {
  readonly #sink: RecordSink;
  readonly #container: Container;
  readonly #maxBytes: number;
  readonly #scanner = new JsonScanner();
  readonly #boundary = new BoundaryFinder();
  /** What lies in earlier pieces of the value, damage or opening at hand. */
  readonly #carry: Carry;
  #place: Place = 'between';
  /** In the array of a container; and behind one, where `}` closes what is around it. */
  #inside: boolean;
  #closing: boolean;
  /** Whether the next value is announced: by a comma, or by the opening of the array. */
  #separated: boolean;
  #line: number;
  /** Offset of the input's first byte. */
  #base: number;
  /** Where what is at hand starts, in the input; 0 where it is carried. */
  #start = 0;
  /** How much of the opening has been read. */
  #opened = 0;

  /** @param from where its content starts, if not at the beginning. */
  constructor(sink: RecordSink, container: Container, maxBytes: number, from?: SplitPosition) {
    this.#line = from?.line ?? 1;
    this.#base = from?.offset ?? 0;
    this.#inside = from?.around?.inside ?? false;
    this.#closing = from?.around?.closing ?? false;
    this.#separated = from?.around?.separated ?? false;
    this.#sink = sink;
    this.#container = container;
    this.#maxBytes = maxBytes;
    this.#carry = new Carry(maxBytes);
  }

  push(piece: Buffer): void {
    let input = piece;
    this.#start = 0;
    for (let at = 0; at < input.length; ) {
      if (this.#place === 'between') at = this.#between(input, at);
      else if (this.#place === 'opening') at = this.#opening(input, at);
      else if (this.#place === 'damage') at = this.#damage(input, at);
      else at = this.#scanner.scan(input, at);
      if (this.#place === 'value' && this.#scanner.state === 'ended') this.#endValue(input, at);
      else if (this.#place === 'value' && this.#scanner.state === 'failed') {
        if (this.#carry.size > 0 && !this.#carry.overflowed) {
          const held = this.#carry.take();
          at += held.length;
          this.#base -= held.length;
          input = Buffer.concat([held, input]); // at most once a piece: from here on nothing is carried
        }
        at = this.#fail(at);
      }
    }
    if (this.#place !== 'between') this.#carry.add(input.subarray(this.#start));
    this.#base += input.length;
    this.#start = 0;
  }

  end(): void {
    this.#endOpening();
    this.#scanner.end();
    if (this.#place === 'value' && this.#scanner.state !== 'ended') this.#endWithin();
    else if (this.#place !== 'between') this.#endValue(NOTHING, 0);
    else if (this.#inside || this.#closing)
      this.#sink.cutOff(this.#line++, this.#base, NOTHING, 'the array is not closed');
  }

  /** Where damage began is not told from there again. */
  position(): SplitPosition | undefined {
    if (this.#place === 'damage') return undefined;
    const around = { inside: this.#inside, closing: this.#closing, separated: this.#separated };
    return { container: this.#container, line: this.#line, offset: this.#base - this.#carry.size, around };
  }

  breakOff(): Tail {
    if (this.#carry.overflowed) this.#endValue(NOTHING, 0);
    const { size } = this.#carry;
    return { line: this.#line, offset: this.#base - size, bytes: this.#carry.take() };
  }

  /** One byte between two values. */
  #between(input: Buffer, at: number): number {
    const byte = input[at] ?? 0;
    if (isSpace(byte) || isByteOrderMark(input, at, this.#base)) return at + 1;
    if (byte === 0x2c && !this.#closing) {
      this.#separated = true; // also where no array is, as some write a comma behind each
      return at + 1;
    }
    this.#start = at;
    if (this.#closing && byte === 0x7d) {
      this.#closing = false;
      return at + 1;
    }
    if (this.#inside) {
      if (byte === 0x5d) {
        this.#inside = false;
        this.#closing = this.#container === 'records';
        return at + 1;
      }
    } else if (!this.#closing && this.#container !== 'values' && byte === OPENING[this.#container].charCodeAt(0)) {
      this.#place = 'opening';
      this.#opened = 0;
      return at;
    }
    return this.#begin(byte, at);
  }

  #begin(byte: number, at: number): number {
    const opens = byte === 0x7b || byte === 0x5b;
    if (opens || (this.#inside && this.#separated && !isPunctuation(byte))) {
      this.#place = 'value';
      this.#scanner.reset();
      return at;
    }
    this.#place = 'damage';
    this.#boundary.reset(this.#closing ? 'within' : 'between');
    this.#closing = false;
    return at + 1;
  }

  /** Reads on in what may be the opening of a container; where it is not, the value starts over. */
  #opening(input: Buffer, from: number): number {
    const opening = this.#container === 'array' ? OPENING.array : OPENING.records;
    for (let at = from; at < input.length; at++) {
      const byte = input[at] ?? 0;
      if (byte === opening.charCodeAt(this.#opened)) {
        if (++this.#opened < opening.length) continue;
        this.#carry.take();
        this.#place = 'between';
        this.#inside = true;
        this.#separated = true;
        return at + 1;
      }
      if (isWithinName(this.#opened) || !isSpace(byte)) {
        this.#endOpening();
        return this.#carry.size > 0 ? from : this.#start;
      }
    }
    return input.length;
  }

  /** It is none: what was read of it is the beginning of a value. */
  #endOpening(): void {
    if (this.#place !== 'opening') return;
    this.#place = 'value';
    this.#scanner.reset();
    if (this.#carry.size === 0) return;
    this.#scanner.scan(this.#carry.held, 0);
  }

  #endValue(input: Buffer, end: number): void {
    const offset = this.#base + this.#start - this.#carry.size;
    this.#place = 'between';
    this.#separated = false;
    if (this.#carry.size === 0) {
      this.#emit(input, this.#start, end, offset);
      return;
    }
    this.#carry.add(input.subarray(0, end));
    const { size, overflowed } = this.#carry;
    const bytes = this.#carry.take();
    if (overflowed) this.#sink.tooLarge(this.#line++, offset, bytes.subarray(0, HEAD), size);
    else this.#emit(bytes, 0, size, offset);
  }

  /** The scanner failed at `at`: what is at hand is damage, up to the next record. */
  #fail(at: number): number {
    this.#place = 'damage';
    this.#boundary.reset('within');
    return this.#carry.overflowed ? at : this.#start + Math.max(1, this.#scanner.lastString);
  }

  #damage(input: Buffer, from: number): number {
    const next = this.#boundary.find(input, from);
    if (next === -1) return input.length;
    this.#endValue(input, next);
    return next;
  }

  /** The content ends within a value, which may be one that ran over its neighbours for want of a quote. */
  #endWithin(): void {
    if (this.#carry.overflowed) {
      this.#endValue(NOTHING, 0);
      return;
    }
    const held = Buffer.from(this.#carry.take());
    const offset = this.#base - held.length;
    this.#place = 'between';
    this.#boundary.reset('within');
    const next = this.#boundary.find(held, Math.max(1, this.#scanner.lastString));
    if (next === -1) this.#sink.cutOff(this.#line++, offset, held, 'the content ends within a record');
    else {
      this.#emit(held, 0, next, offset);
      this.#base = offset + next;
      this.push(held.subarray(next));
      this.end();
    }
  }

  #emit(bytes: Buffer, start: number, end: number, offset: number): void {
    const line = this.#line++;
    const to = trimmedEnd(bytes, start, end);
    if (to - start > this.#maxBytes) {
      this.#sink.tooLarge(line, offset, bytes.subarray(start, start + HEAD), to - start);
    } else if (!isUtf8(bytes.subarray(start, to))) {
      this.#sink.invalidUtf8(line, offset, bytes.subarray(start, to));
    } else if (!this.#sink.wantsRaw || bytes[start] !== 0x7b || !this.#sink.raw(bytes, start, to, line)) {
      this.#sink.record(bytes.toString('utf8', start, to), line, offset, bytes, start, to);
    }
  }
}

function isPunctuation(byte: number): boolean {
  return byte === 0x2c || byte === 0x3a || byte === 0x5d || byte === 0x7d;
}

/** Without the comma and the white space that lie between it and the next record. */
function trimmedEnd(bytes: Buffer, start: number, end: number): number {
  let to = end;
  while (to > start + 1 && (isSpace(bytes[to - 1] ?? 0) || bytes[to - 1] === 0x2c)) to--;
  return to;
}

/** One of the three bytes of a byte order mark at the very start. */
function isByteOrderMark(input: Buffer, at: number, base: number): boolean {
  return base + at < 3 && input[at] === [0xef, 0xbb, 0xbf][base + at];
}
