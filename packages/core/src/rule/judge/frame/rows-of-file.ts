/**
 * Records that are kept one by one while a file is read, and no more of them than will be wanted. Pure.
 */
import { inRowOrder, type Row } from '../../measure/rows.ts';
import type { Tally } from '../../measure/tally.ts';

/** Rows beyond twice the limit that are let in before they are pruned: with a limit of 1, too, sorting costs little a row. */
const SLACK = 32;

/** Keeps a row, and now and then drops those that will not be wanted. */
export function remember(tally: Tally, row: Row, limit: number, prune: (rows: readonly Row[]) => readonly Row[]): void {
  const rows = (tally.rows ?? []) as Row[]; // its own until it is settled
  rows.push(row);
  tally.rows = rows.length >= 2 * limit + SLACK ? [...prune(inOrder(rows))] : rows;
}

export function inOrder(rows: readonly Row[]): readonly Row[] {
  return [...rows].sort(inRowOrder);
}
