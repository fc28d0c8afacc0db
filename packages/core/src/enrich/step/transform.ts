/**
 * The recursive transform: functions over the leaves of a record, however deep in objects and arrays, chosen by path.
 */
import * as z from 'zod';
import { onFirstUse } from '../../runtime/index.ts';
import { type JsonObject, type JsonValue, LIMITS } from '../../stream/index.ts';
import { answersAtOnce, jsonOf } from './foreign-value.ts';
import { type Leaf, type LeafFunction, type LeafFunctionName, leafFunctions } from './leaf-functions.ts';
import { compileLeafPaths, Glob, type LeafPaths } from './leaf-paths.ts';
import { type Change, common, type FailureReason, type Note, Unsuitable, unsuitable } from './step.ts';

const names = Object.keys(leafFunctions) as [LeafFunctionName, ...LeafFunctionName[]]; // what `satisfies` has checked

export const TransformStep = onFirstUse(() =>
  z.strictObject({
    kind: z.literal('transform'),
    /** Which leaves; all of them by default. A leaf that several globs match is changed once. */
    at: z.array(Glob).min(1).default(['**']),
    /** Built-in functions by name, or functions of your own, one after the other. */
    apply: z
      .array(
        z.union([
          z.enum(names),
          z.custom<LeafFunction>(answersAtOnce, 'is a function (path, value) => value that answers at once'),
        ]),
      )
      .min(1),
    ...common,
  }),
);
export type TransformStep = z.output<ReturnType<typeof TransformStep>>;

/** Compiles a transform: changes a record in place, each leaf at most once. */
export function compileTransform({ at, apply }: TransformStep): Change {
  const paths = compileLeafPaths(at);
  const functions = apply.map((one) => (typeof one === 'string' ? leafFunctions[one] : one));
  return (record, note) => transformLeaves(record, paths, functions, note);
}

function transformLeaves(record: JsonObject, paths: LeafPaths, functions: readonly LeafFunction[], note: Note): void {
  const path: string[] = [];
  const walk = (holder: JsonObject, here: LeafPaths) => {
    // an array is walked as an object of its indices
    for (const step of Object.keys(holder)) {
      const there = here.into(step);
      if (there === undefined) continue;
      const value = holder[step] as JsonValue; // an own property, from Object.keys
      path.push(step);
      if (!isLeaf(value)) {
        if (path.length < LIMITS.nesting) walk(value as JsonObject, there);
        else note(path.join('.'), 'nesting_too_deep');
      } else if (there.accepts) {
        holder[step] = transformed(value, path, functions, note);
      }
      path.pop();
    }
  };
  walk(record, paths);
}

function isLeaf(value: JsonValue): value is Leaf {
  return value === null || typeof value !== 'object';
}

/** The value after all functions, or as it was where one of them fails. */
function transformed(leaf: Leaf, path: readonly string[], functions: readonly LeafFunction[], note: Note): JsonValue {
  let value: JsonValue = leaf;
  try {
    for (const apply of functions) {
      if (!isLeaf(value)) break;
      const made = jsonOf(apply(path, value), path.length);
      if (made === undefined) throw unsuitable('not_json'); // a leaf has to stay something
      value = made;
    }
    return value;
  } catch (caught) {
    const reason: FailureReason = caught instanceof Unsuitable ? caught.reason : 'function_failed';
    note(path.join('.'), reason);
    return leaf;
  }
}
