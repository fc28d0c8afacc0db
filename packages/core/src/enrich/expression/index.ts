/**
 * Expressions in JSONata (https://docs.jsonata.org) for steps of kind `compute`. Apart from the rest, so that only functions
 * that use one carry what evaluates it.
 */
import { compileExpression } from '../../change/expression/index.ts';
import type { Expression } from '../step/compute.ts';

/**
 * `expression('$sum(items.(price * quantity))')`
 * @throws ConfigurationError where the text is no JSONata, or would make something else at every run.
 */
export function expression(text: string): Expression {
  return { evaluate: compileExpression(text) };
}
