import { expect, test } from 'vitest';
import { readLogLine } from './log-lines.ts';

test.each([
  [
    'a line of our logger',
    '{"level":"warn","time":"2026-03-02T09:00:01.000Z","function":"copier","message":"lines quarantined","lines":2,"key":"a/b"}',
    { level: 'warn', text: '09:00:01 copier: lines quarantined lines=2 key=a/b' },
  ],
  ['text', 'plain words', { level: 'info', text: 'copier: plain words' }],
  ['JSON that is no log line', '[1]', { level: 'info', text: 'copier: [1]' }],
  ['what would move a cursor', 'a\u001b[2Kb', { level: 'info', text: 'copier: a [2Kb' }],
])('reads %s', (_name, line, expected) => {
  expect(readLogLine('copier', line)).toEqual(expected);
});
