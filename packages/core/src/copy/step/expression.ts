/**
 * The step `expression`: JSONata (https://docs.jsonata.org) for what no other step does. It sees the record and says what
 * takes its place, which has to be an object.
 */
import * as z from 'zod';
import { compileExpression } from '../../change/expression/index.ts';
import { isObject, jsonOf } from '../../change/index.ts';
import { MillraceError, messageOf, onFirstUse } from '../../runtime/index.ts';
import type { JsonObject, JsonValue } from '../../stream/index.ts';

export const ExpressionStep = onFirstUse(() =>
  z.strictObject({
    kind: z.literal('expression'),
    expression: z
      .string()
      .min(1)
      .superRefine((text, context) => {
        try {
          compileExpression(text);
        } catch (caught) {
          context.addIssue(messageOf(caught));
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
export function compileExpressionStep({
  expression,
}: z.output<ReturnType<typeof ExpressionStep>>): (record: JsonObject) => JsonObject {
  const evaluate = compileExpression(expression);
  return (record) => {
    let made: JsonValue | undefined;
    try {
      made = jsonOf(evaluate(record), 0);
    } catch (caught) {
      throw new ExpressionFailed(messageOf(caught));
    }
    if (!isObject(made)) throw new ExpressionFailed('it is something else');
    return made;
  };
}
