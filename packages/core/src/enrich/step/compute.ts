/**
 * Computed properties: by a JSONata expression (https://docs.jsonata.org) over the record, or by a function of your own.
 */
import jsonata from 'jsonata';
import * as z from 'zod';
import { messageOf } from '../../runtime/index.ts';
import type { JsonObject, JsonValue } from '../../stream/index.ts';
import { elementPath, placeInRecord } from './element-path.ts';
import { type Change, common, type FailureReason, type Note } from './step.ts';

const into = elementPath.refine((path) => !path.includes('*'), 'name a property without *');

/** Functions whose answer is another at each call: a file that is enriched twice would differ. */
const FICKLE = /\$(now|millis|random|shuffle)\b/;

export const ComputeStep = z.strictObject({
  kind: z.literal('compute'),
  expression: z
    .string()
    .min(1)
    .max(10_000)
    .superRefine((text, context) => {
      if (FICKLE.test(text))
        context.addIssue('what it makes has to be the same at every run: no $now, $millis, $random, $shuffle');
      try {
        jsonata(text);
      } catch (caught) {
        context.addIssue(`is no JSONata: ${jsonataMessage(caught)}`);
      }
    }),
  into,
  ...common,
});

/** What it returns goes to `into`; undefined adds nothing. It has to leave the record as it is and answer at once. */
export type RecordFunction = (record: JsonObject) => JsonValue | undefined;

export const FunctionStep = z.strictObject({
  kind: z.literal('function'),
  apply: z.custom<RecordFunction>((value) => typeof value === 'function', 'a function (record) => value'),
  into,
  ...common,
});

export function compileCompute({ expression, into: path }: z.output<typeof ComputeStep>): Change {
  const compiled = jsonata(expression);
  return adding(path, (record) => compiled.evaluate(record), 'expression_failed');
}

export function compileFunction({ apply, into: path }: z.output<typeof FunctionStep>): Change {
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
  if (isLambda(value)) return NOT_JSON;
  const text: string | undefined = JSON.stringify(value);
  return text === undefined ? NOT_JSON : (JSON.parse(text) as JsonValue); // by its own definition
}

/** A function of JSONata's, which is an object to everybody else. */
function isLambda(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, '_jsonata_lambda');
}

/** JSONata throws plain objects. */
function jsonataMessage(caught: unknown): string {
  const said = typeof caught === 'object' && caught !== null && 'message' in caught ? caught.message : undefined;
  return typeof said === 'string' ? said : messageOf(caught);
}
