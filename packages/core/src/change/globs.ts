/**
 * Globs of paths in a record: `*` is any one step, `**` any number of steps, all else a property name or an index.
 * `items.*.email` is the email of each item, `**.email` every email however deep. Several globs become one automaton, so that
 * a walk enters only what can still match and meets each place once.
 */
import * as z from 'zod';
import { type Path, parsePath } from '../stream/index.ts';

const Glob = z.string().refine((text) => text.split('.').every((step) => step !== ''), {
  message: 'write steps joined by dots, as in items.*.email; * is any one step, ** any number of them',
});

export const Globs = z.array(Glob).min(1);

/** Where a walk stands. */
export interface Standing {
  /** Whether the place is meant. */
  readonly accepts: boolean;
  /** Where the walk stands one step further; undefined where nothing below can match. */
  into(step: string): Standing | undefined;
}

/** How far into which glob. */
interface Position {
  readonly glob: number;
  readonly at: number;
}

/** Any step that no glob names. */
const OTHER = Symbol('other');

/**
 * Compiles globs by subset construction; states are made when first met and are bounded by the globs, never by the data.
 * @throws RangeError on an empty glob or step.
 */
export function compileGlobs(globs: readonly string[]): Standing {
  const patterns: Path[] = globs.map(parsePath);
  const named = new Set(patterns.flat().filter((step) => step !== '*' && step !== '**'));
  const states = new Map<string, Standing>();

  const stateAt = (positions: Iterable<Position>): Standing | undefined => {
    const closed = skipping(patterns, positions);
    if (closed.size === 0) return undefined;
    const identity = [...closed.keys()].sort().join(' ');
    const known = states.get(identity);
    if (known !== undefined) return known;
    const next = new Map<string | symbol, Standing | undefined>();
    const state: Standing = {
      accepts: [...closed.values()].some(({ glob, at }) => at === patterns[glob]?.length),
      into: (step) => {
        const symbol = named.has(step) ? step : OTHER;
        if (!next.has(symbol)) next.set(symbol, stateAt(advance(patterns, closed.values(), symbol)));
        return next.get(symbol);
      },
    };
    states.set(identity, state);
    return state;
  };
  const start = stateAt(patterns.map((_, glob) => ({ glob, at: 0 })));
  return start ?? { accepts: false, into: () => undefined };
}

/** The positions, and those that follow by letting a `**` stand for nothing; by a text that names each. */
function skipping(patterns: readonly Path[], positions: Iterable<Position>): Map<string, Position> {
  const closed = new Map<string, Position>();
  for (const { glob, at } of positions) {
    const pattern = patterns[glob] ?? [];
    for (let skipped = at; skipped <= pattern.length; skipped++) {
      closed.set(`${glob}:${skipped}`, { glob, at: skipped });
      if (pattern[skipped] !== '**') break;
    }
  }
  return closed;
}

function* advance(
  patterns: readonly Path[],
  positions: Iterable<Position>,
  step: string | symbol,
): Generator<Position> {
  for (const { glob, at } of positions) {
    const wanted = patterns[glob]?.[at];
    if (wanted === '**') yield { glob, at };
    else if (wanted === '*' || wanted === step) yield { glob, at: at + 1 };
  }
}
