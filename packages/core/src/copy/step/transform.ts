/**
 * The step `transform`: functions over the leaves of a record by path and value, however deep.
 */
import * as z from 'zod';
import { compileTransform, transformOptions } from '../../change/index.ts';
import { MillraceError, messageOf, onFirstUse } from '../../runtime/index.ts';
import type { JsonObject, Path } from '../../stream/index.ts';

export const TransformStep = onFirstUse(() => z.strictObject({ kind: z.literal('transform'), ...transformOptions }));

/** A function could make nothing of a value: the record is quarantined. */
export class TransformFailed extends MillraceError {
  constructor(path: Path, cause: unknown) {
    super('transform_failed', `a transform failed on ${path.join('.')}: ${messageOf(cause)}`, { cause });
  }
}

/** What it makes throws TransformFailed. */
export function compileTransformStep(step: z.output<ReturnType<typeof TransformStep>>): (record: JsonObject) => void {
  const transform = compileTransform(step);
  return (record) =>
    transform(record, (path, reason, cause) => {
      throw new TransformFailed(path, cause ?? reason);
    });
}
