/**
 * Computed properties: by an expression over the record, or by a function of your own.
 */
import * as z from 'zod';
import { answersAtOnce, copyOf, jsonOf, UnfitValue } from '../../change/index.ts';
import { onFirstUse } from '../../runtime/index.ts';
import { type JsonObject, type JsonValue, parsePath } from '../../stream/index.ts';
import { elementPath, placeInRecord } from './element-path.ts';
import { type Change, common, type FailureReason, type Note } from './step.ts';

const into = elementPath.refine((path) => !path.includes('*'), 'name a property without *');

/** Something that computes a value of a record, as `expression('…')` of `@millrace/core/enrich/expression` does. */
export interface Expression {
  /** Of a copy of the record. Undefined adds nothing; throwing notes `expression_failed`. */
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

/**
 * What it returns goes to `into`; undefined adds nothing, what is no JSON notes `not_json`, throwing `function_failed`. The
 * record is a copy of its own, to do with as it likes. It has to answer at once.
 */
export type RecordFunction = (record: JsonObject) => JsonValue | undefined;

export const FunctionStep = onFirstUse(() =>
  z.strictObject({
    kind: z.literal('function'),
    apply: z.custom<RecordFunction>(answersAtOnce, 'is a function (record) => value that answers at once'),
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
  const depth = parsePath(path).length;
  return (record, note: Note) => {
    let made: JsonValue | undefined;
    try {
      made = jsonOf(make(copyOf(record)), depth);
    } catch (caught) {
      note(path, caught instanceof UnfitValue ? caught.reason : failure);
      return;
    }
    if (made !== undefined && !place(record, made)) note(path, 'path_blocked');
  };
}
