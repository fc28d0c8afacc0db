/**
 * Tells by how content begins what keeps its records apart, and splits it accordingly.
 */
import { BoundaryFinder } from './boundary.ts';
import { LineSplitter } from './lines.ts';
import { isSpace, JsonScanner } from './scan.ts';
import type { RecordSink, SplitPosition, Splitter, Tail } from './splitter.ts';
import { type Container, isWithinName, OPENING, ValueSplitter } from './values.ts';

const LF = 10;
const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** Splits content of any container. Holds what is needed to tell which: the first line, or one record and a little. */
export class ContentSplitter implements Splitter {
  readonly #sink: RecordSink;
  readonly #maxBytes: number;
  #head: Buffer = Buffer.alloc(0);
  #chosen: Splitter | undefined;

  /** @param from where its content starts, if not at the beginning. */
  constructor(sink: RecordSink, maxBytes: number, from?: SplitPosition) {
    this.#sink = sink;
    this.#maxBytes = maxBytes;
    if (from !== undefined) this.#chosen = this.#made(from.container, from);
  }

  push(piece: Buffer): void {
    if (this.#chosen !== undefined) {
      this.#chosen.push(piece);
      return;
    }
    this.#head = this.#head.length === 0 ? piece : Buffer.concat([this.#head, piece]);
    const container = containerOf(this.#head, this.#head.length > this.#maxBytes);
    if (container !== undefined) this.#choose(container);
    else this.#head = Buffer.from(this.#head); // a piece is valid only during the call
  }

  end(): void {
    this.#decided().end();
  }

  position(): SplitPosition | undefined {
    return this.#chosen?.position();
  }

  breakOff(): Tail {
    return this.#decided().breakOff();
  }

  #decided(): Splitter {
    return this.#chosen ?? this.#choose(containerOf(this.#head, true) ?? 'lines');
  }

  #choose(container: Container | 'lines'): Splitter {
    const chosen = this.#made(container);
    this.#chosen = chosen;
    chosen.push(this.#head);
    this.#head = Buffer.alloc(0);
    return chosen;
  }

  #made(container: Container | 'lines', from?: SplitPosition): Splitter {
    return container === 'lines'
      ? new LineSplitter(this.#sink, this.#maxBytes, from)
      : new ValueSplitter(this.#sink, container, this.#maxBytes, from);
  }
}

/**
 * What content that begins with `head` is, by its first value:
 * - `[`, `{"Records":[`: the container of that name;
 * - one that is followed by another on its line, or goes over several lines: values;
 * - one that is damaged: values where its line goes on with another, or where there is no line break at all;
 * - all else: lines.
 * @param all whether no more of it can be waited for.
 * @returns undefined where more of it has to be seen.
 */
export function containerOf(head: Buffer, all: boolean): Container | 'lines' | undefined {
  let start = head.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0;
  while (start < head.length && isSpace(head[start] ?? 0)) start++;
  if (start === head.length) return all ? 'lines' : undefined;
  if (head[start] === 0x5b) return 'array';
  if (head[start] !== 0x7b) return byLineBreaks(head, start, all);
  const opening = opensRecords(head, start);
  if (opening === true) return 'records';
  if (opening === undefined && !all) return undefined;

  const scanner = new JsonScanner();
  const stop = scanner.scan(head, start);
  if (scanner.state === 'failed') return byDamage(head, start, scanner.lastString, all);
  if (scanner.state === 'within') return all ? 'values' : undefined;
  if (head.subarray(start, stop).includes(LF)) return 'values';
  return byWhatFollows(head, stop, all);
}

/** The first value is whole and on one line: what stands behind it? */
function byWhatFollows(head: Buffer, from: number, all: boolean): Container | 'lines' | undefined {
  let at = from;
  while (at < head.length && head[at] !== LF && isSpace(head[at] ?? 0)) at++;
  if (at === head.length) return all ? 'lines' : undefined;
  if (head[at] === LF) return 'lines';
  return head[at] === 0x7b ? 'values' : byLineBreaks(head, at, all);
}

/** The first value is damaged. @param suspect bytes from its start to where the damage may be. */
function byDamage(head: Buffer, start: number, suspect: number, all: boolean): Container | 'lines' | undefined {
  const lineBreak = head.indexOf(LF, start);
  const boundary = new BoundaryFinder();
  boundary.reset('within');
  const line = head.subarray(0, lineBreak === -1 ? head.length : lineBreak);
  if (boundary.find(line, start + Math.max(1, suspect)) !== -1) return 'values';
  return lineBreak === -1 ? byLineBreaks(head, start, all) : 'lines';
}

/** It is damaged in a way that tells nothing. Line breaks before it tell nothing either: its own line may go on. */
function byLineBreaks(head: Buffer, start: number, all: boolean): Container | 'lines' | undefined {
  if (head.includes(LF, start)) return 'lines';
  return all ? 'values' : undefined;
}

/** Whether `{"Records":[` stands there; undefined where it is cut off. */
function opensRecords(head: Buffer, start: number): boolean | undefined {
  let opened = 0;
  for (let at = start; at < head.length; at++) {
    if (head[at] === OPENING.records.charCodeAt(opened)) {
      if (++opened === OPENING.records.length) return true;
    } else if (isWithinName(opened) || !isSpace(head[at] ?? 0)) return false;
  }
  return undefined;
}
