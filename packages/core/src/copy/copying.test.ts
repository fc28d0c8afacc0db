import { expect, it } from 'vitest';
import { copying, noting } from './copying.ts';
import { compileShape, Shape } from './shape.ts';

const shape = compileShape(Shape.parse({ steps: [{ kind: 'expression', expression: '$number(total)' }] }));
const output = {
  putBytes: () => undefined,
  put: () => undefined,
  end: () => undefined,
  drained: () => undefined,
  abort: async () => undefined,
};

it('gives a file up where its shape fits nearly nothing, before the lines it notes fill the memory', () => {
  const refused = new Map();
  const { record } = noting(refused, copying('s3://b/k', [{ shape, output }]));
  const line = (n: number) => record?.({ total: 'none' }, n, Buffer.from('{"total":"none"}'), 0);
  for (let n = 1; n <= 10_000; n++) expect(line(n)).toBeDefined();
  expect(refused.size).toBe(10_000);
  expect(() => line(10_001)).toThrow(expect.objectContaining({ code: 'shape_refuses', retryable: false }));
});
