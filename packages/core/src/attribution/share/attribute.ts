/**
 * Attribution, pure: which touches came before a conversion, and what each is credited with.
 */

import type { Reach, Sessions } from '../definition/reach.ts';
import type { Conversion } from '../record/conversion.ts';
import type { Touch } from '../record/touch.ts';
import { apportion } from './apportion.ts';
import { type Alias, identities } from './identity.ts';
import { type Model, type ModelInput, parseModels, weigh } from './model.ts';
import { openings } from './session.ts';

/** What a touch gets of a conversion's value. */
export interface Credit {
  readonly touch: Touch;
  /** Minor units of the conversion's currency. */
  readonly share: number;
}

/** One conversion under one model. The shares and `unattributed` add up to the conversion's value. */
export interface Attributed {
  readonly conversion: Conversion;
  readonly model: Model;
  /** Touches the model gives weight, in order of time; a small value may leave some with a share of 0. */
  readonly credits: readonly Credit[];
  /** Minor units: all of the value where the model gives no touch weight, else 0. */
  readonly unattributed: number;
}

export interface AttributeInput {
  readonly conversions: readonly Conversion[];
  readonly touches: readonly Touch[];
  readonly models: readonly ModelInput[];
  /** Milliseconds; one number for clicks and views alike. */
  readonly lookback: number | Reach;
  /** Which anonymous visitors are which users. */
  readonly aliases?: readonly Alias[];
  /** Where given, only touches that open a visit count. Where not, each is one. */
  readonly sessions?: Sessions | undefined;
}

/** Of the touches that count, the newest so many and the first are credited: a row has a size. */
export const MAX_TOUCHES = 200;

/**
 * Each conversion under each model: conversions by (time, row), under each the models in the order given.
 *
 * A touch counts iff it is of the same visitor, aliases considered, and
 * `conversion.time - lookback <= touch.time <= conversion.time`. Touches of one time are in the order of their rows.
 * Memory and time: the touches once, and at most 201 for a conversion.
 * @throws ZodError where a model is none.
 */
export function attribute({ models, aliases = [], ...input }: AttributeInput): Generator<Attributed, void, void> {
  return share({ ...input, nameOf: identities(aliases) }, parseModels(models));
}

/** What `attribute` takes, with visitors' names and models worked out before. */
export interface ShareInput extends Omit<AttributeInput, 'models' | 'aliases'> {
  /** The name under which a visitor's touches are put together. */
  readonly nameOf: (visitor: string) => string;
}

export function* share(
  { conversions, touches, lookback, nameOf, sessions }: ShareInput,
  models: readonly Model[],
): Generator<Attributed, void, void> {
  const reach = typeof lookback === 'number' ? { click: lookback, view: lookback } : lookback;
  const byVisitor = new Map<string, ByKind>();
  for (const [name, own] of touchesByName(touches, nameOf, sessions)) byVisitor.set(name, byKind(own));
  for (const conversion of [...conversions].sort(inOrder)) {
    const counting = within(byVisitor.get(nameOf(conversion.visitor)) ?? NONE, conversion.time, reach);
    for (const model of models) yield shareOne(conversion, model, counting);
  }
}

type Placed = { readonly time: number; readonly row: number };

export function inOrder(a: Placed, b: Placed): number {
  return a.time - b.time || a.row - b.row;
}

/**
 * The touches that may count, in order, by the name visitors go by. Visits are those of one device: they are told before
 * visitors are put together.
 */
export function touchesByName(
  touches: readonly Touch[],
  nameOf: (visitor: string) => string,
  sessions: Sessions | undefined,
): Map<string, Touch[]> {
  const groups = new Map<string, Touch[]>();
  for (const own of groupBy([...touches].sort(inOrder), ({ visitor }) => visitor).values()) {
    const counting = sessions === undefined ? own : openings(own, sessions);
    const [first] = counting;
    if (first === undefined) continue;
    const name = nameOf(first.visitor);
    const others = groups.get(name);
    groups.set(name, others === undefined ? counting : [...others, ...counting].sort(inOrder));
  }
  return groups;
}

function groupBy(touches: readonly Touch[], keyOf: (touch: Touch) => string): Map<string, Touch[]> {
  const groups = new Map<string, Touch[]>();
  for (const touch of touches) {
    const key = keyOf(touch);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [touch]);
    else group.push(touch);
  }
  return groups;
}

/** Touches of one name, each kind in order. */
type ByKind = Readonly<Record<Touch['kind'], readonly Touch[]>>;
const NONE: ByKind = { click: [], view: [] };

function byKind(touches: readonly Touch[]): ByKind {
  return { click: touches.filter(({ kind }) => kind === 'click'), view: touches.filter(({ kind }) => kind === 'view') };
}

/** Those that count for a conversion at `time`, in order. A name of everybody has a million: only what is credited is copied. */
function within(touches: ByKind, time: number, reach: Reach): readonly Touch[] {
  const counting = (['click', 'view'] as const).flatMap((kind) => {
    const own = touches[kind];
    const start = firstWhere(own, (at) => at >= time - reach[kind]);
    const end = firstWhere(own, (at) => at > time);
    const newest = own.slice(Math.max(start, end - MAX_TOUCHES), end);
    return end - start > MAX_TOUCHES ? [...own.slice(start, start + 1), ...newest] : newest;
  });
  counting.sort(inOrder);
  return counting.length > MAX_TOUCHES + 1 ? [...counting.slice(0, 1), ...counting.slice(-MAX_TOUCHES)] : counting;
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

function shareOne(conversion: Conversion, model: Model, touches: readonly Touch[]): Attributed {
  const weights = touches.length === 0 ? [] : weigh(model, touches);
  if (!weights.some((weight) => weight > 0)) {
    return { conversion, model, credits: [], unattributed: conversion.value };
  }
  const shares = apportion(conversion.value, weights);
  const credits = touches.flatMap((touch, position) =>
    weights[position] === 0 ? [] : [{ touch, share: shares[position] ?? 0 }],
  );
  return { conversion, model, credits, unattributed: 0 };
}
