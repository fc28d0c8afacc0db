/**
 * Cutting content into records: what every container has in common.
 */

/** Bytes kept of a record that is too large: enough to see whose it is; the rest lies in the source, at the offset. */
export const HEAD = 4096;

/** Where a splitter puts what it finds, in order. Buffers are valid only during the call. */
export interface RecordSink {
  /** Whether `raw` is to be asked first. */
  readonly wantsRaw: boolean;
  /** The bytes of one record, `bytes[start, end)`, valid UTF-8 of a size that may be; true where that is all it takes. */
  raw(bytes: Buffer, start: number, end: number, line: number): boolean;
  /**
   * The text of one record and its bytes: `bytes[start, end)`, which begin at `offset` of the content.
   * @param openings how many brackets open in it, or more; where that is known.
   * @returns how many records it is, where it turns out to be several without a line break.
   */
  record(
    text: string,
    line: number,
    offset: number,
    bytes: Buffer,
    start: number,
    end: number,
    openings?: number,
  ): number;
  invalidUtf8(line: number, offset: number, bytes: Buffer): void;
  /** `head` are its first bytes; the rest was skipped without being held. `size` as it stands, white space and all. */
  tooLarge(line: number, offset: number, head: Buffer, size: number): void;
  /** Content that was not compressed ends where it should not. */
  cutOff(line: number, offset: number, bytes: Buffer, message: string): void;
}

/** Bytes of a record begun and not ended when the content stopped. */
export interface Tail {
  readonly line: number;
  readonly offset: number;
  readonly bytes: Buffer;
}

/** Where in the content a splitter can go on that has seen nothing before it. */
export interface SplitPosition {
  readonly container: 'lines' | 'values' | 'array' | 'records';
  /** Number of the record that is next. */
  readonly line: number;
  /** Where that starts, at the earliest. */
  readonly offset: number;
  /** Of values alone: what stands around it; see `ValueSplitter`. */
  readonly around?: { readonly inside: boolean; readonly closing: boolean; readonly separated: boolean };
}

export interface Splitter {
  push(piece: Buffer): void;
  /** The content ended as it should: what is held is the last record. */
  end(): void;
  /** After a piece, from where another splitter would find what this one will; undefined where none could. */
  position(): SplitPosition | undefined;
  /** The content broke off: hands over what is held; nothing more will come. */
  breakOff(): Tail;
}
