/**
 * A choice among many kinds of things, of which a function uses few, and each once, at start: the schema of a kind is made when
 * one of it is first read.
 */
import * as z from 'zod';
import { READ_ONCE } from './first-use.ts';

type Kinds = Readonly<Record<string, () => z.ZodType<{ readonly kind: string }>>>;
type Each<K extends Kinds> = ReturnType<K[keyof K]>;

/** Takes, gives and refuses what `z.discriminatedUnion('kind', …)` over the kinds would, in the same words. */
export function unionByKind<K extends Kinds>(kinds: K): z.ZodType<z.output<Each<K>>, z.input<Each<K>>> {
  const union = z.unknown().transform((value, context): unknown => {
    const { data, error } = schemaFor(kinds, value).safeParse(value, READ_ONCE);
    if (error === undefined) return data;
    for (const issue of error.issues) context.issues.push({ ...issue, input: value } as z.core.$ZodRawIssue); // as it was found
    return z.NEVER;
  });
  return union as z.ZodType as z.ZodType<z.output<Each<K>>, z.input<Each<K>>>; // what schemaFor reads is one of them
}

function schemaFor(kinds: Kinds, value: unknown): z.ZodType {
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? String(value.kind) : '';
  const make = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (make !== undefined) return make();
  const [first, ...others] = Object.keys(kinds).map((name) => z.object({ kind: z.literal(name) }));
  return first === undefined ? z.never() : z.discriminatedUnion('kind', [first, ...others]); // which refuses it
}
