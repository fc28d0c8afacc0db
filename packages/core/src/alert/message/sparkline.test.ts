import { expect, it } from 'vitest';
import { sparkline } from './sparkline.ts';

it.each([
  ['a burst', [0, 1, 0, 2, 7], '▁▂▁▃█'],
  ['a drop', [100, 96, 104, 31], '█▇█▃'],
  ['flat', [5, 5, 5], '███'],
  ['nothing at all', [0, 0], '▁▁'],
  ['below zero', [-4, 0, 4], '▁▅█'],
  ['one number is no trend', [3], ''],
  ['none', [], ''],
])('%s', (_, series, text) => expect(sparkline(series)).toBe(text));
