/**
 * The required-properties check: notes what a record lacks, or has its line quarantined.
 */
import * as z from 'zod';
import { onFirstUse } from '../../runtime/index.ts';
import { parsePath, valueAt } from '../../stream/index.ts';
import { typeOf, ValueTypeName } from '../../where/index.ts';
import { elementPath } from './element-path.ts';
import { type Change, common } from './step.ts';

const path = elementPath.refine((text) => !text.includes('*'), 'name a property without *');

export const RequireStep = onFirstUse(() =>
  z.strictObject({
    kind: z.literal('require'),
    /** Properties that have to be there and not null, or that besides have to be of a type. */
    properties: z.array(z.union([path, z.strictObject({ path, type: ValueTypeName })])).min(1),
    ...common,
  }),
);

export function compileRequire({ properties }: z.output<ReturnType<typeof RequireStep>>): Change {
  const wanted = properties.map((one) => {
    const { path: text, type } = typeof one === 'string' ? { path: one, type: undefined } : one;
    return { text, type, path: parsePath(text) };
  });
  return (record, note) => {
    for (const one of wanted) {
      const value = valueAt(record, one.path);
      const missing = value === undefined || (value === null && one.type !== 'null');
      if (missing) note(one.text, 'missing_property');
      else if (one.type !== undefined && typeOf(value) !== one.type) note(one.text, 'wrong_type');
    }
  };
}
