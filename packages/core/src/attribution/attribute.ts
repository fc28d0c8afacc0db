/**
 * Attribution, pure: which touches came before a conversion, and what each is credited with.
 */
import { apportion } from './apportion.ts';
import type { Conversion } from './conversion.ts';
import { type ModelName, models } from './model.ts';
import type { Touch } from './touch.ts';

/** What a touch gets of a conversion's value. */
export interface Credit {
  readonly touch: Touch;
  /** Minor units of the conversion's currency. */
  readonly share: number;
}

/** One conversion under one model. The shares and `unattributed` add up to the conversion's value. */
export interface Attributed {
  readonly conversion: Conversion;
  readonly model: ModelName;
  /** Touches the model gives weight, in order of time; a small value may leave some with a share of 0. */
  readonly credits: readonly Credit[];
  /** Minor units: all of the value where no touch counts, else 0. */
  readonly unattributed: number;
}

/**
 * Each conversion under each model: conversions by (time, row), under each the models in the order given.
 *
 * A touch counts iff it is of the same visitor and `conversion.time - lookback <= touch.time <= conversion.time`.
 * Touches of one time are in the order of their rows.
 * @param lookback milliseconds.
 */
export function* attribute(input: {
  readonly conversions: readonly Conversion[];
  readonly touches: readonly Touch[];
  readonly models: readonly ModelName[];
  readonly lookback: number;
}): Generator<Attributed, void, void> {
  const byVisitor = groupByVisitor([...input.touches].sort(inOrder));
  for (const conversion of [...input.conversions].sort(inOrder)) {
    const counting = within(byVisitor.get(conversion.visitor) ?? [], conversion.time - input.lookback, conversion.time);
    for (const model of input.models) yield share(conversion, model, counting);
  }
}

function inOrder(
  a: { readonly time: number; readonly row: number },
  b: { readonly time: number; readonly row: number },
) {
  return a.time - b.time || a.row - b.row;
}

function groupByVisitor(touches: readonly Touch[]): Map<string, Touch[]> {
  const groups = new Map<string, Touch[]>();
  for (const touch of touches) {
    const group = groups.get(touch.visitor);
    if (group === undefined) groups.set(touch.visitor, [touch]);
    else group.push(touch);
  }
  return groups;
}

/** The touches from `from` to `to`, both included, of touches in order. */
function within(touches: readonly Touch[], from: number, to: number): readonly Touch[] {
  return touches.slice(
    firstWhere(touches, (time) => time >= from),
    firstWhere(touches, (time) => time > to),
  );
}

/** Position of the first touch whose time passes, or their number; all behind one that passes do. */
function firstWhere(touches: readonly Touch[], passes: (time: number) => boolean): number {
  let low = 0;
  let high = touches.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (passes(touches[middle]?.time ?? 0)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function share(conversion: Conversion, model: ModelName, touches: readonly Touch[]): Attributed {
  if (touches.length === 0) return { conversion, model, credits: [], unattributed: conversion.value };
  const weights = models[model](touches);
  const shares = apportion(conversion.value, weights);
  const credits = touches.flatMap((touch, position) =>
    weights[position] === 0 ? [] : [{ touch, share: shares[position] ?? 0 }],
  );
  return { conversion, model, credits, unattributed: 0 };
}
