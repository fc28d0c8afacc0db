/**
 * The recursive transform: functions over the leaves of a record, however deep in objects and arrays, chosen by path.
 */
import * as z from 'zod';
import { compileTransform, transformOptions } from '../../change/index.ts';
import { onFirstUse } from '../../runtime/index.ts';
import { type Change, common } from './step.ts';

export const TransformStep = onFirstUse(() =>
  z.strictObject({ kind: z.literal('transform'), ...transformOptions, ...common }),
);

/** A leaf that a function fails on stays as it was, and is noted. */
export function compileTransformStep(step: z.output<ReturnType<typeof TransformStep>>): Change {
  const transform = compileTransform(step);
  return (record, note) => transform(record, (path, reason) => note(path.join('.'), reason));
}
