/**
 * The step `expression`: JSONata (https://docs.jsonata.org) for what no other step does. It sees the record and says what
 * takes its place, which has to be an object.
 */
import jsonata from 'jsonata';
import * as z from 'zod';
import { MillraceError, messageOf, onFirstUse } from '../../runtime/index.ts';
import type { JsonObject, JsonValue } from '../../stream/index.ts';
import { isObject } from './object.ts';

export const ExpressionStep = onFirstUse(() =>
  z.strictObject({
    kind: z.literal('expression'),
    expression: z
      .string()
      .min(1)
      .max(10_000)
      .superRefine((text, context) => {
        try {
          jsonata(text);
        } catch (caught) {
          context.addIssue(`is no JSONata: ${jsonataMessage(caught)}`);
        }
      }),
  }),
);

/** The expression could make no object of a record: the record is quarantined. */
export class ExpressionFailed extends MillraceError {
  constructor(why: string) {
    super('expression_failed', `the expression made no object of the record: ${why}`);
  }
}

/** What it makes throws ExpressionFailed. */
export function compileExpression({
  expression,
}: z.output<ReturnType<typeof ExpressionStep>>): (record: JsonObject) => JsonObject {
  const compiled = jsonata(expression);
  return (record) => {
    let made: JsonValue | undefined;
    try {
      const json: string | undefined = JSON.stringify(compiled.evaluate(record));
      made = json === undefined ? undefined : JSON.parse(json);
    } catch (caught) {
      throw new ExpressionFailed(jsonataMessage(caught));
    }
    if (!isObject(made)) throw new ExpressionFailed('it is something else');
    return made;
  };
}

/** JSONata throws plain objects. */
function jsonataMessage(caught: unknown): string {
  const said = typeof caught === 'object' && caught !== null && 'message' in caught ? caught.message : undefined;
  return typeof said === 'string' ? said : messageOf(caught);
}
