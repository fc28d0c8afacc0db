/**
 * Shapley values: what each player adds, on average over all orders in which they may join (L. S. Shapley, "A value for
 * n-person games", 1953). Exact, so for few players: the work is n · 2^n.
 */

/** Players of an exact value: 2^12 coalitions. */
const MOST_PLAYERS = 12;

/**
 * @param value what a coalition earns; bit `i` of its number is player `i`. The empty one is taken as nothing.
 * @returns one number a player; they add up to what all earn together.
 * @throws RangeError for more than 12 players.
 */
export function shapley(players: number, value: (coalition: number) => number): number[] {
  if (players > MOST_PLAYERS) throw new RangeError(`${players} players; an exact value has at most ${MOST_PLAYERS}`);
  const coalitions = 2 ** players;
  const values = Array.from({ length: coalitions }, (_, coalition) => (coalition === 0 ? 0 : value(coalition)));
  const weights = Array.from({ length: players }, (_, size) => 1 / (players * choose(players - 1, size)));
  return Array.from({ length: players }, (_, player) => {
    let sum = 0;
    for (let coalition = 0; coalition < coalitions; coalition++) {
      if (coalition & (1 << player)) continue;
      const added = (values[coalition | (1 << player)] ?? 0) - (values[coalition] ?? 0);
      sum += (weights[size(coalition)] ?? 0) * added;
    }
    return sum;
  });
}

/** The sum over all subsets of each coalition, itself included (zeta transform); `own` is by coalition. */
export function sumOverSubsets(players: number, own: readonly number[]): number[] {
  const sums = Array.from({ length: 2 ** players }, (_, coalition) => own[coalition] ?? 0);
  for (let player = 0; player < players; player++) {
    for (let coalition = 0; coalition < sums.length; coalition++) {
      if (coalition & (1 << player)) sums[coalition] = (sums[coalition] ?? 0) + (sums[coalition ^ (1 << player)] ?? 0);
    }
  }
  return sums;
}

function size(coalition: number): number {
  let bits = 0;
  for (let rest = coalition; rest > 0; rest >>= 1) bits += rest & 1;
  return bits;
}

function choose(n: number, k: number): number {
  let result = 1;
  for (let i = 0; i < k; i++) result = (result * (n - i)) / (i + 1);
  return result;
}
