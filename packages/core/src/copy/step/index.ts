/**
 * The steps a shape is made of, run in the order they are declared in, each on what the one before made.
 */
import type * as z from 'zod';
import { compileHash, compileMask } from '../../change/index.ts';
import { unionByKind } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { CoerceStep, compileCoerce } from './coerce.ts';
import { HashStep, MaskStep } from './conceal.ts';
import { compileExpressionStep, ExpressionFailed, ExpressionStep } from './expression.ts';
import { compileFlatten, compileUnflatten, FlattenStep, UnflattenStep } from './flatten.ts';
import { compileRename, compileSet, RenameStep, SetStep } from './place.ts';
import { compileDrop, compilePick, DropStep, PickStep } from './select.ts';
import { compileTransformStep, TransformFailed, TransformStep } from './transform.ts';

export { PropertyPath } from './path.ts';

export const Step = unionByKind({
  pick: PickStep,
  drop: DropStep,
  rename: RenameStep,
  set: SetStep,
  coerce: CoerceStep,
  hash: HashStep,
  mask: MaskStep,
  flatten: FlattenStep,
  unflatten: UnflattenStep,
  transform: TransformStep,
  expression: ExpressionStep,
});
export type Step = z.output<typeof Step>;

/** Whether a step could make nothing of one record, which is no reason to hold up others. */
export function isRecordFailure(caught: unknown): caught is TransformFailed | ExpressionFailed {
  return caught instanceof TransformFailed || caught instanceof ExpressionFailed;
}

/** What a step makes of a record, which it may change. */
export type CompiledStep = (record: JsonObject) => JsonObject;

export function compileStep(step: Step): CompiledStep {
  switch (step.kind) {
    case 'pick':
      return compilePick(step);
    case 'drop':
      return inPlace(compileDrop(step));
    case 'rename':
      return inPlace(compileRename(step));
    case 'set':
      return inPlace(compileSet(step));
    case 'coerce':
      return inPlace(compileCoerce(step));
    case 'hash':
      return inPlace(compileHash(step));
    case 'mask':
      return inPlace(compileMask(step));
    case 'flatten':
      return compileFlatten(step);
    case 'unflatten':
      return compileUnflatten(step);
    case 'transform':
      return inPlace(compileTransformStep(step));
    case 'expression':
      return compileExpressionStep(step);
  }
}

function inPlace(change: (record: JsonObject) => void): CompiledStep {
  return (record) => {
    change(record);
    return record;
  };
}
