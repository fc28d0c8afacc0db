/**
 * Expressions in JSONata (https://docs.jsonata.org). Apart from the rest, so that only functions that use one carry what
 * evaluates it.
 */
import jsonata from 'jsonata';
import { ConfigurationError, messageOf } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';

/** Functions whose answer is another at each call: what is made of a file twice would differ. */
const FICKLE = /\$(now|millis|random|shuffle)\b/;

const LONGEST = 10_000;

/**
 * Compiles an expression to what evaluates it; that throws errors with what JSONata says.
 * @throws ConfigurationError where the text is no JSONata, or would make something else at every run.
 */
export function compileExpression(text: string): (record: JsonObject) => unknown {
  if (text.length > LONGEST) throw new ConfigurationError(`an expression has at most ${LONGEST} characters`);
  if (FICKLE.test(text)) {
    throw new ConfigurationError(
      `${text}: has to be the same at every run, so without $now, $millis, $random and $shuffle`,
    );
  }
  const compiled = parse(text);
  return (record) => {
    const made = evaluated(compiled, record);
    return isLambda(made) ? Symbol('a function') : made;
  };
}

function parse(text: string): jsonata.Expression {
  try {
    return jsonata(text);
  } catch (cause) {
    throw new ConfigurationError(`${text}: is no JSONata: ${saidBy(cause)}`, { cause });
  }
}

function evaluated(expression: jsonata.Expression, record: JsonObject): unknown {
  try {
    return expression.evaluate(record);
  } catch (cause) {
    throw new Error(saidBy(cause), { cause });
  }
}

/** A function of JSONata's, which is an object to everybody else. */
function isLambda(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, '_jsonata_lambda');
}

/** JSONata throws plain objects. */
function saidBy(caught: unknown): string {
  const said = typeof caught === 'object' && caught !== null && 'message' in caught ? caught.message : undefined;
  return typeof said === 'string' ? said : messageOf(caught);
}
