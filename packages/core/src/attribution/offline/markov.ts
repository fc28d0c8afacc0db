/**
 * Removal effects of a first-order Markov chain: how many conversions there would be without a channel.
 *
 * Journeys are walks from a start over channels to a conversion or to nothing. A channel's effect is the share of the
 * chain's conversion probability that is lost when whoever would come to it goes away instead. After E. Anderl, I. Becker,
 * F. von Wangenheim, J. H. Schumann, "Mapping the customer journey" (2016), and the R package ChannelAttribution.
 */

const START = 0;

/** Counts the steps of journeys; memory is the square of the number of channels, whatever the number of journeys. */
export class Transitions {
  readonly #channels: readonly string[];
  /** From start (0) or a channel (1…n) to a channel (0…n-1), a conversion (n) or nothing (n + 1). */
  readonly #counts: number[][];

  constructor(channels: readonly string[]) {
    this.#channels = channels;
    this.#counts = Array.from({ length: channels.length + 1 }, () => new Array<number>(channels.length + 2).fill(0));
  }

  /**
   * @param path positions of channels, in order of time; an empty one says nothing and is left out.
   * @param times how many journeys went so.
   */
  add(path: readonly number[], converted: boolean, times = 1): void {
    if (path.length === 0) return;
    let from = START;
    for (const channel of path) {
      this.#count(from, channel, times);
      from = channel + 1;
    }
    this.#count(from, this.#channels.length + (converted ? 0 : 1), times);
  }

  #count(from: number, to: number, times: number): void {
    const row = this.#counts[from];
    if (row === undefined || row[to] === undefined) throw new RangeError(`there is no channel ${to}`);
    row[to] += times;
  }

  /** Probability that a journey ends in a conversion. 0 where there is no journey. */
  conversionProbability(): number {
    return this.#probability(undefined);
  }

  /** For each channel, the share of conversions that is lost without it, 0 to 1. */
  removalEffects(): number[] {
    const all = this.#probability(undefined);
    return this.#channels.map((_, channel) => (all === 0 ? 0 : 1 - this.#probability(channel) / all));
  }

  /** Absorption probability from the start: x = P x + c, by Gauss–Jordan elimination with partial pivoting. */
  #probability(removed: number | undefined): number {
    const size = this.#channels.length + 1;
    const rows = this.#counts.map((counts, from) => {
      const total = counts.reduce((sum, count) => sum + count, 0);
      const row = new Array<number>(size + 1).fill(0);
      row[from] = 1;
      if (total === 0 || (removed !== undefined && from === removed + 1)) return row;
      for (let channel = 0; channel < this.#channels.length; channel++) {
        if (channel !== removed) row[channel + 1] = (row[channel + 1] ?? 0) - (counts[channel] ?? 0) / total;
      }
      row[size] = (counts[this.#channels.length] ?? 0) / total;
      return row;
    });
    return solve(rows)[START] ?? 0;
  }
}

/** Solves a system whose rows end in their right side; 0 for what it does not determine (channels that lead nowhere). */
function solve(rows: number[][]): number[] {
  const size = rows.length;
  const cell = (row: number, column: number) => rows[row]?.[column] ?? 0;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(cell(row, column)) > Math.abs(cell(pivot, column))) pivot = row;
    }
    const chosen = rows[pivot] ?? [];
    rows[pivot] = rows[column] ?? [];
    rows[column] = chosen;
    if (Math.abs(cell(column, column)) < Number.EPSILON) continue;
    for (let row = 0; row < size; row++) {
      const factor = row === column ? 0 : cell(row, column) / cell(column, column);
      if (factor !== 0) rows[row] = (rows[row] ?? []).map((value, index) => value - factor * cell(column, index));
    }
  }
  return rows.map((_, index) =>
    Math.abs(cell(index, index)) < Number.EPSILON ? 0 : cell(index, size) / cell(index, index),
  );
}
