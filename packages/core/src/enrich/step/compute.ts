/**
 * Computed properties: by an expression over the record, or by a function of your own.
 */
import * as z from 'zod';
import { onFirstUse } from '../../runtime/index.ts';
import type { JsonObject, JsonValue } from '../../stream/index.ts';
import { elementPath, placeInRecord } from './element-path.ts';
import { type Change, common, type FailureReason, type Note } from './step.ts';

const into = elementPath.refine((path) => !path.includes('*'), 'name a property without *');

/** Something that computes a value of a record, as `expression('…')` of `@millrace/core/enrich/expression` does. */
export interface Expression {
  /** Undefined adds nothing; throwing notes `expression_failed`. */
  evaluate(record: JsonObject): unknown;
}

export const ComputeStep = onFirstUse(() =>
  z.strictObject({
    kind: z.literal('compute'),
    expression: z.custom<Expression>(
      (value) =>
        typeof value === 'object' && value !== null && 'evaluate' in value && typeof value.evaluate === 'function',
      "is an expression, as expression('…') makes one",
    ),
    into,
    ...common,
  }),
);

/** What it returns goes to `into`; undefined adds nothing. It has to leave the record as it is and answer at once. */
export type RecordFunction = (record: JsonObject) => JsonValue | undefined;

export const FunctionStep = onFirstUse(() =>
  z.strictObject({
    kind: z.literal('function'),
    apply: z.custom<RecordFunction>((value) => typeof value === 'function', 'a function (record) => value'),
    into,
    ...common,
  }),
);

export function compileCompute({ expression, into: path }: z.output<ReturnType<typeof ComputeStep>>): Change {
  return adding(path, (record) => expression.evaluate(record), 'expression_failed');
}

export function compileFunction({ apply, into: path }: z.output<ReturnType<typeof FunctionStep>>): Change {
  return adding(path, apply, 'function_failed');
}

function adding(path: string, make: (record: JsonObject) => unknown, failure: FailureReason): Change {
  const place = placeInRecord(path);
  return (record, note: Note) => {
    let made: ReturnType<typeof asJson>;
    try {
      made = asJson(make(record));
    } catch {
      note(path, failure);
      return;
    }
    if (made === NOT_JSON) note(path, 'not_json');
    else if (made !== undefined && !place(record, made)) note(path, 'path_blocked');
  };
}

const NOT_JSON = Symbol('not JSON');

/** By way of its text: cut off from its maker, and without what JSON cannot hold. */
function asJson(value: unknown): JsonValue | undefined | typeof NOT_JSON {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && !Number.isFinite(value)) return NOT_JSON;
  const text: string | undefined = JSON.stringify(value);
  return text === undefined ? NOT_JSON : (JSON.parse(text) as JsonValue); // by its own definition
}
