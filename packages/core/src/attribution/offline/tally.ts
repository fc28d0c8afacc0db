/**
 * What journeys come to: value by channel under each model. Memory is bounded by channels, models and currencies, not by
 * journeys.
 */

import { type Channel, channels } from '../record/channel.ts';
import { apportionAny } from '../share/apportion.ts';
import { type Attributed, share } from '../share/attribute.ts';
import type { Model } from '../share/model.ts';
import { type JourneyInput, journeys } from './journey.ts';
import { Transitions } from './markov.ts';
import { shapley, sumOverSubsets } from './shapley.ts';

/** Of a row that says what no touch led to. */
export const UNATTRIBUTED = 'unattributed';

/** What a model credits a channel with. */
export interface ReportRow {
  readonly model: string;
  readonly channel: Channel | typeof UNATTRIBUTED;
  readonly currency: string;
  /** Minor units, of any size: each conversion has 2^53 at most, all together may have more. */
  readonly value: bigint;
}

export interface Report {
  /** By model, currency and channel; the rows of a model and currency add up to the value of its conversions. */
  readonly rows: readonly ReportRow[];
  readonly conversions: number;
  readonly journeys: number;
  /** Share of journeys the chain ends in a conversion, and what of it is lost without each channel. */
  readonly conversionProbability: number;
  readonly removalEffects: ReadonlyMap<Channel, number>;
}

/** Shares of a model are taken to so many parts. */
const PARTS = 1_000_000_000;

export class Tally {
  readonly #models: readonly Model[];
  readonly #values = new Map<string, { row: Omit<ReportRow, 'value'>; value: bigint }>();
  readonly #transitions = new Transitions(channels);
  /** Value by currency of conversions after journeys over exactly a set of channels; they only weigh, so need not be exact. */
  readonly #bySet = new Map<string, number[]>();
  readonly #totals = new Map<string, { led: bigint; unled: bigint }>();
  #conversions = 0;
  #journeys = 0;

  constructor(models: readonly Model[]) {
    this.#models = models;
  }

  /** Adds visitors; each is given once, with all that is known of them. */
  add(input: JourneyInput): void {
    for (const one of share(input, this.#models)) this.#credit(one);
    for (const { touches: path, conversion } of journeys(input)) {
      const positions = path.map(({ channel }) => channels.indexOf(channel));
      this.#transitions.add(positions, conversion !== undefined);
      this.#journeys++;
      if (conversion === undefined) continue;
      this.#conversions++;
      const { currency, value } = conversion;
      const total = this.#totals.get(currency) ?? { led: 0n, unled: 0n };
      this.#totals.set(currency, total);
      if (path.length === 0) total.unled += BigInt(value);
      else {
        total.led += BigInt(value);
        const set = positions.reduce((bits, position) => bits | (1 << position), 0);
        const sums = this.#bySet.get(currency) ?? [];
        sums[set] = (sums[set] ?? 0) + value;
        this.#bySet.set(currency, sums);
      }
    }
  }

  #credit({ model, conversion: { currency }, credits, unattributed }: Attributed): void {
    for (const { touch, share } of credits) this.#put(model.name, touch.channel, currency, share);
    if (unattributed !== 0) this.#put(model.name, UNATTRIBUTED, currency, unattributed);
  }

  #put(model: string, channel: ReportRow['channel'], currency: string, value: number): void {
    const name = JSON.stringify([model, channel, currency]);
    const known = this.#values.get(name) ?? { row: { model, channel, currency }, value: 0n };
    known.value += BigInt(value);
    this.#values.set(name, known);
  }

  report(): Report {
    const effects = this.#transitions.removalEffects();
    const rows = [...this.#values.values()].map(({ row, value }): ReportRow => ({ ...row, value }));
    for (const [currency, { led, unled }] of this.#totals) {
      const sums = sumOverSubsets(channels.length, this.#bySet.get(currency) ?? []);
      const values = shapley(channels.length, (coalition) => sums[coalition] ?? 0);
      const sign = led < 0n ? -1 : 1;
      const added = values.map((value) => sign * value);
      rows.push(...shared('markov', currency, led, effects), ...shared('shapley', currency, led, added));
      for (const model of unled === 0n ? [] : ['markov', 'shapley']) {
        rows.push({ model, channel: UNATTRIBUTED, currency, value: unled });
      }
    }
    const removalEffects = new Map(
      channels.flatMap((channel, position) => (effects[position] ? [[channel, effects[position]] as const] : [])),
    );
    const conversionProbability = this.#transitions.conversionProbability();
    return { rows, conversions: this.#conversions, journeys: this.#journeys, conversionProbability, removalEffects };
  }
}

/** A value by parts, exactly. Where nothing has an effect, nothing is shared. */
function shared(model: string, currency: string, value: bigint, parts: readonly number[]): ReportRow[] {
  const total = parts.reduce((sum, part) => sum + Math.max(0, part), 0);
  if (total === 0) return value === 0n ? [] : [{ model, channel: UNATTRIBUTED, currency, value }];
  const weights = parts.map((part) => Math.round((Math.max(0, part) / total) * PARTS));
  return apportionAny(value, weights).flatMap((own, position) => {
    const channel = channels[position];
    return channel === undefined || weights[position] === 0 ? [] : [{ model, channel, currency, value: own }];
  });
}
