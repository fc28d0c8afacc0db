/**
 * Records that are remembered one by one, where their order matters: those of count windows and of sequences.
 */

/** A record, and where it stands; times in ms. */
export interface Row {
  /** Event time. */
  readonly at: number;
  /** Interval of its file, the file's id, its row there. */
  readonly interval: number;
  readonly file: string;
  readonly row: number;
  /** What it says: a tally as text (count window), or its steps as bits (sequence). */
  readonly says: string | number;
}

/** By event time, then file, then row: the same for everybody, however files come. */
export function inRowOrder(a: Omit<Row, 'says'>, b: Omit<Row, 'says'>): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.interval !== b.interval) return a.interval - b.interval;
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.row - b.row;
}

/** Both together, in order; each is in order already. */
export function mergeRows(a: readonly Row[], b: readonly Row[]): readonly Row[] {
  const merged: Row[] = [];
  let next = 0;
  for (const row of a) {
    for (let other = b[next]; other !== undefined && inRowOrder(other, row) < 0; other = b[++next]) merged.push(other);
    merged.push(row);
  }
  return [...merged, ...b.slice(next)];
}

/** Rows by file, so that each is named once. */
export type WrittenRows = [interval: number, file: string, rows: [at: number, row: number, says: string | number][]][];

export function writeRows(rows: readonly Row[]): WrittenRows {
  const files = new Map<string, WrittenRows[number]>();
  for (const { at, interval, file, row, says } of rows) {
    const name = `${interval} ${file}`;
    const written = files.get(name) ?? [interval, file, []];
    files.set(name, written);
    written[2].push([at, row, says]);
  }
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, written]) => written);
}

/** What `writeRows` wrote. */
export function readRows(written: WrittenRows): readonly Row[] {
  return written
    .flatMap(([interval, file, rows]) => rows.map(([at, row, says]): Row => ({ at, interval, file, row, says })))
    .sort(inRowOrder);
}
