/**
 * The places of a record that globs mean: whatever lies there; below one that ends in `**`, what is neither object nor array.
 */
import type { JsonObject, JsonValue, Path } from '../stream/index.ts';
import { compileGlobs, type Standing } from './globs.ts';
import { isContainer } from './object.ts';

/**
 * What becomes of a place.
 * @param path valid during the call only, with indices in place of `*`.
 * @returns whether it is done with: then what lies in it is no place of its own.
 */
export type Visit = (holder: JsonObject, key: string, value: JsonValue, path: Path) => boolean;

/** Compiles globs to a walk over their places, each once, holders before what they hold. */
export function compilePlaces(globs: readonly string[]): (record: JsonObject, visit: Visit) => void {
  const leaves = compileGlobs(globs);
  const whole = compileGlobs(globs.filter((glob) => glob !== '**' && !glob.endsWith('.**')));
  return (record, visit) => {
    const path: string[] = [];
    const walk = (holder: JsonObject, leaf: Standing, any: Standing | undefined) => {
      for (const key of Object.keys(holder)) {
        const [nextLeaf, nextAny] = [leaf.into(key), any?.into(key)];
        if (nextLeaf === undefined) continue;
        const value = holder[key] as JsonValue; // an own property
        path.push(key);
        const meant = nextAny?.accepts || (nextLeaf.accepts && !isContainer(value));
        const done = meant && visit(holder, key, value, path);
        if (!done && isContainer(value)) walk(value, nextLeaf, nextAny);
        path.pop();
      }
    };
    walk(record, leaves, whole);
  };
}
