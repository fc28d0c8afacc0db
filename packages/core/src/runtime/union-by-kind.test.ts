import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { unionByKind } from './union-by-kind.ts';

const circle = z.strictObject({ kind: z.literal('circle'), radius: z.number().default(1) });
const square = z
  .strictObject({ kind: z.literal('square'), side: z.union([z.number(), z.enum(['unit'])]) })
  .refine(({ side }) => side === 'unit' || side > 0, {
    path: ['side'],
    error: 'is more than 0',
  });
const eager = z.object({ shapes: z.array(z.discriminatedUnion('kind', [circle, square])) });

describe('unionByKind', () => {
  it.each<unknown>([
    { kind: 'circle' },
    { kind: 'circle', radius: 2 },
    { kind: 'square', side: 3 },
    { kind: 'square', side: -1 },
    { kind: 'square', side: 'x', angle: 90 },
    { kind: 'triangle' },
    { kind: 'constructor' },
    { kind: 5 },
    {},
    [],
    null,
    undefined,
    'circle',
  ])('takes, gives and says what a discriminated union does, of %j', (shape) => {
    const byKind = z.object({ shapes: z.array(unionByKind({ circle: () => circle, square: () => square })) });
    const [expected, found] = [eager, byKind].map((schema) => schema.safeParse({ shapes: [shape] }));
    expect(found?.data).toEqual(expected?.data);
    expect(found?.error?.issues).toEqual(expected?.error?.issues);
  });

  it('makes the schema of a kind when one of it is read, and no other', () => {
    const made: string[] = [];
    const union = unionByKind({
      circle: () => {
        made.push('circle');
        return circle;
      },
      square: () => {
        made.push('square');
        return square;
      },
    });
    expect(made).toEqual([]);
    expect(union.parse({ kind: 'circle' })).toEqual({ kind: 'circle', radius: 1 });
    expect(made).toEqual(['circle']);
  });
});
