/**
 * Where the records of a copy go, one after the other, on their way into its sink.
 */

export interface Output {
  /** Takes a piece of a record's JSON, of which each character is one byte of UTF-8. */
  putBytes(bytes: string): void;
  /** Takes a piece of a record's JSON, as text. */
  put(text: string): void;
  /** The record from this line of the source is complete. */
  end(line: number): void;
  /** A promise to wait for where too much is under way; undefined where it can go on. Rejects where the sink failed. */
  drained(): Promise<void> | undefined;
  /** Gives up: leaves no half of anything behind. */
  abort(): Promise<void>;
}
