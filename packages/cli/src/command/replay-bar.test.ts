import { expect, it } from 'vitest';
import { bar } from './replay-bar.ts';

it.each([
  [{ done: 0, total: 100, perSecond: 0 }, '[........................] 0 %, 0 of 100 files, 0.0/s'],
  [{ done: 25, total: 100, perSecond: 2.5 }, '[######..................] 25 %, 25 of 100 files, 2.5/s, 30 s left'],
  [
    { done: 600, total: 1_000_000, perSecond: 60 },
    '[........................] 0 %, 600 of 1,000,000 files, 60/s, 4 h 37 m left',
  ],
  [{ done: 10, total: 10, perSecond: 1000 }, '[########################] 100 %, 10 of 10 files, 1,000/s'],
  [{ done: 12, total: 10, perSecond: 5 }, '[########################] 100 %, 12 of 10 files, 5.0/s'],
])('%j', (progress, line) => expect(bar(progress)).toBe(line));
