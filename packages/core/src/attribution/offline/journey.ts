/**
 * Journeys of visitors over a range: the touches that led to a conversion, and those that led to nothing.
 */

import type { Reach, Sessions } from '../definition/reach.ts';
import type { Conversion } from '../record/conversion.ts';
import type { Touch } from '../record/touch.ts';
import { touchesByName } from '../share/attribute.ts';

export interface Journey {
  /** In order of time. */
  readonly touches: readonly Touch[];
  /** Absent where the visitor went away. */
  readonly conversion?: Conversion;
}

/** What journeys are cut from; all visitors' touches and conversions within the range and the lookback before it. */
export interface JourneyInput {
  readonly conversions: readonly Conversion[];
  readonly touches: readonly Touch[];
  readonly nameOf: (visitor: string) => string;
  readonly sessions: Sessions | undefined;
  readonly lookback: Reach;
}

/**
 * Cuts each visitor's touches at the conversions. A journey holds what came after the conversion before, within the
 * lookback; what led to none is one journey until there is a gap longer than a click counts.
 */
export function* journeys({ conversions, touches, nameOf, sessions, lookback }: JourneyInput): Generator<Journey> {
  const all = touchesByName(touches, nameOf, sessions);
  /** How many of a name's touches earlier journeys took. */
  const taken = new Map<string, number>();
  const byTime = [...conversions].sort((a, b) => a.time - b.time || a.row - b.row);
  for (const conversion of byTime) {
    const name = nameOf(conversion.visitor);
    const own = all.get(name) ?? [];
    const start = taken.get(name) ?? 0;
    let end = start;
    for (let next = own[end]; next !== undefined && next.time <= conversion.time; next = own[end]) end++;
    taken.set(name, end);
    const before = own.slice(start, end);
    const isReached = (touch: Touch) => touch.time >= conversion.time - lookback[touch.kind];
    yield { touches: before.filter(isReached), conversion };
    yield* gaps(
      before.filter((touch) => !isReached(touch)),
      lookback.click,
    );
  }
  for (const [name, own] of all) yield* gaps(own.slice(taken.get(name) ?? 0), lookback.click);
}

function* gaps(touches: readonly Touch[], length: number): Generator<Journey> {
  let start = 0;
  for (let index = 1; index <= touches.length; index++) {
    const [before, touch] = [touches[index - 1], touches[index]];
    if (before === undefined || (touch !== undefined && touch.time - before.time <= length)) continue;
    yield { touches: touches.slice(start, index) };
    start = index;
  }
}
