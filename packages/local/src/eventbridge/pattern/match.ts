/**
 * Matching an event against a compiled pattern. The event is flattened to (path, value) pairs that remember which
 * element of which array they lie in; all fields of a branch must be met by values that do not lie in different
 * elements of one array ("array consistency" of event-ruler).
 */
import { type Branch, type CompiledPattern, isObject } from './compile.ts';
import type { Leaf } from './leaf.ts';

/** Array number → element number. */
type Membership = ReadonlyMap<number, number>;

interface Field {
  readonly value: Leaf;
  readonly membership: Membership;
}

const NOWHERE: Membership = new Map();

/** Values nested deeper match nothing, so that a hostile event cannot exhaust the stack. */
const MAX_DEPTH = 1000;

/** @param event any JSON value; hostile keys are data here. */
export function matchesEvent(pattern: CompiledPattern, event: unknown): boolean {
  const fields = flatten(event);
  return pattern.branches.some((branch) => matchesFrom(branch, 0, fields, NOWHERE));
}

function matchesFrom(
  branch: Branch,
  position: number,
  fields: ReadonlyMap<string, readonly Field[]>,
  chosen: Membership,
): boolean {
  const next = branch[position];
  if (next === undefined) return true;
  const [path, { tests, absent }] = next;
  let present = false;
  for (const { value, membership } of fields.get(path) ?? []) {
    const merged = merge(chosen, membership);
    if (merged === undefined) continue;
    present = true;
    if (tests.some((test) => test(value)) && matchesFrom(branch, position + 1, fields, merged)) return true;
  }
  return absent && !present && matchesFrom(branch, position + 1, fields, chosen);
}

/** Both together, or undefined where they name different elements of one array. */
function merge(a: Membership, b: Membership): Membership | undefined {
  if (b.size === 0) return a;
  for (const [array, element] of b) {
    const other = a.get(array);
    if (other !== undefined && other !== element) return undefined;
  }
  return new Map([...a, ...b]);
}

function flatten(event: unknown): Map<string, Field[]> {
  const fields = new Map<string, Field[]>();
  let arrays = 0;
  const walk = (value: unknown, path: string, membership: Membership, depth: number): void => {
    if (depth > MAX_DEPTH) return;
    if (Array.isArray(value)) {
      const array = arrays++;
      for (const [index, element] of value.entries())
        walk(element, path, new Map([...membership, [array, index]]), depth + 1);
    } else if (isObject(value)) {
      const prefix = path === '' ? '' : `${path}.`;
      for (const [name, inner] of Object.entries(value)) walk(inner, prefix + name, membership, depth + 1);
    } else if (isLeaf(value)) {
      const known = fields.get(path);
      if (known === undefined) fields.set(path, [{ value, membership }]);
      else known.push({ value, membership });
    }
  };
  walk(event, '', NOWHERE, 0);
  return fields;
}

function isLeaf(value: unknown): value is Leaf {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
