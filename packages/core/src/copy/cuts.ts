/**
 * What is left out of a record, as a tree of property names.
 */
import type { Path } from '../stream/index.ts';

/** What to leave out: whole properties, or something inside them. */
export type Cuts = Map<string, Cuts | 'whole'>;

export function cutsOf(paths: Iterable<Path>): Cuts {
  const cuts: Cuts = new Map();
  for (const path of paths) addCut(cuts, path);
  return cuts;
}

function addCut(cuts: Cuts, path: Path): void {
  const [property = '', ...rest] = path;
  const known = cuts.get(property);
  if (known === 'whole') return;
  if (rest.length === 0) {
    cuts.set(property, 'whole');
    return;
  }
  const inner: Cuts = known ?? new Map();
  cuts.set(property, inner);
  addCut(inner, rest);
}
