/**
 * Where a rule's windows are crowded, as the table knows it: for those who judge.
 */
import type { CompiledRule } from '../collect/compile.ts';
import { CENSUS } from '../collect/group-name.ts';
import { type Cuts, cutsOf, isOneOfMany } from '../judge/crowd.ts';
import { gatherContributions } from './contribution.ts';
import { groupKey } from './group-key.ts';

const NONE: Cuts = new Map();

/** Where a rule's windows are crowded, for one run of its groups: read once, strongly consistent. */
export class RuleCuts {
  readonly #rule: CompiledRule;
  #from: number;
  #cuts: Promise<Cuts> = Promise.resolve(NONE);

  /** @param to ms; cells that start at or after it are not asked for. */
  constructor(rule: CompiledRule, to: number) {
    this.#rule = rule;
    this.#from = to;
  }

  /** By start of cell, those from `from` (ms) on. */
  async since(from: number): Promise<Cuts> {
    if (!isOneOfMany(this.#rule)) return NONE; // they know it themselves
    if (from < this.#from) {
      const [known, to] = [this.#cuts, this.#from];
      this.#from = from;
      this.#cuts = readCuts(this.#rule, from, to).then(async (more) => new Map([...(await known), ...more]));
    }
    const cuts = await this.#cuts;
    return new Map([...cuts].filter(([start]) => start >= from)); // other groups may have asked for more
  }
}

async function readCuts(rule: CompiledRule, from: number, to: number): Promise<Cuts> {
  const { windows } = await gatherContributions(rule, groupKey(rule, CENSUS), from, to);
  return cutsOf(rule, windows);
}
