/**
 * The recursive transform: functions over the leaves of a record, however deep in objects and arrays, chosen by path.
 */
import * as z from 'zod';
import { type JsonObject, type JsonValue, LIMITS, type Path } from '../stream/index.ts';
import { compileGlobs, Globs, type Standing } from './globs.ts';
import { type LeafFunction, type LeafFunctionName, leafFunctions } from './leaf-functions.ts';
import { isLeaf, type Leaf } from './object.ts';
import { answersAtOnce, jsonOf } from './own-code.ts';
import { type UnfitReason, UnfitValue } from './unfit.ts';

const names = Object.keys(leafFunctions) as [LeafFunctionName, ...LeafFunctionName[]]; // what `satisfies` has checked

export const transformOptions = {
  /** Which leaves; all of them by default. A leaf that several globs match is changed once. */
  at: Globs.default(['**']),
  /** Built-in functions by name, or functions of your own, one after the other. */
  apply: z
    .array(
      z.union([
        z.enum(names),
        z.custom<LeafFunction>(answersAtOnce, 'is a function (path, value) => value that answers at once'),
      ]),
    )
    .min(1),
};

/** Told of a leaf that a function could make nothing of, and that stays as it was; `path` is valid during the call only. */
export type Failed = (path: Path, reason: UnfitReason | 'function_failed', cause?: unknown) => void;

/** Compiles a transform: changes a record in place, each leaf at most once. */
export function compileTransform({
  at,
  apply,
}: {
  readonly at: readonly string[];
  readonly apply: readonly (LeafFunctionName | LeafFunction)[];
}): (record: JsonObject, failed: Failed) => void {
  const start = compileGlobs(at);
  const functions = apply.map((one) => (typeof one === 'string' ? leafFunctions[one] : one));
  return (record, failed) => transformLeaves(record, start, functions, failed);
}

function transformLeaves(
  record: JsonObject,
  start: Standing,
  functions: readonly LeafFunction[],
  failed: Failed,
): void {
  const path: string[] = [];
  const walk = (holder: JsonObject, here: Standing) => {
    // an array is walked as an object of its indices
    for (const step of Object.keys(holder)) {
      const there = here.into(step);
      if (there === undefined) continue;
      const value = holder[step] as JsonValue; // an own property, from Object.keys
      path.push(step);
      if (!isLeaf(value)) {
        if (path.length < LIMITS.nesting) walk(value as JsonObject, there);
        else failed(path, 'nesting_too_deep');
      } else if (there.accepts) {
        holder[step] = transformed(value, path, functions, failed);
      }
      path.pop();
    }
  };
  walk(record, start);
}

/** The value after all functions, or as it was where one of them fails. */
function transformed(leaf: Leaf, path: Path, functions: readonly LeafFunction[], failed: Failed): JsonValue {
  let value: JsonValue = leaf;
  try {
    for (const apply of functions) {
      if (!isLeaf(value)) break;
      const made = jsonOf(apply(path, value), path.length);
      if (made === undefined) throw UnfitValue.of('not_json'); // a leaf has to stay something
      value = made;
    }
  } catch (caught) {
    failed(path, caught instanceof UnfitValue ? caught.reason : 'function_failed', caught);
    return leaf;
  }
  return value;
}
