import { expect, test } from 'vitest';
import { parseSchedule } from './schedule.ts';

const next = (expression: string, from: string) => {
  const due = parseSchedule(expression).next(Date.parse(from));
  return due === undefined ? undefined : new Date(due).toISOString();
};

test.each([
  ['rate(1 minute)', '2024-01-01T00:00:30.000Z', '2024-01-01T00:01:30.000Z'],
  ['rate(5 minutes)', '2024-01-01T00:00:00.000Z', '2024-01-01T00:05:00.000Z'],
  ['rate(2 hours)', '2024-01-01T00:00:00.000Z', '2024-01-01T02:00:00.000Z'],
  ['rate(1 day)', '2024-01-01T00:00:00.000Z', '2024-01-02T00:00:00.000Z'],
  ['cron(0 12 * * ? *)', '2024-01-01T12:00:00.000Z', '2024-01-02T12:00:00.000Z'],
  ['cron(0/15 * * * ? *)', '2024-01-01T00:16:10.000Z', '2024-01-01T00:30:00.000Z'],
  ['cron(15 10 ? * MON-FRI *)', '2024-01-05T10:15:00.000Z', '2024-01-08T10:15:00.000Z'],
  ['cron(0 8 1 * ? *)', '2024-01-02T00:00:00.000Z', '2024-02-01T08:00:00.000Z'],
  ['cron(0 0 29 FEB ? *)', '2024-03-01T00:00:00.000Z', '2028-02-29T00:00:00.000Z'],
  ['cron(5,10 6-7 ? JAN 1 *)', '2024-01-07T06:07:00.000Z', '2024-01-07T06:10:00.000Z'],
  ['cron(0 0 1 1 ? 2020)', '2024-01-01T00:00:00.000Z', undefined],
])('%s after %s', (expression, from, expected) => {
  expect(next(expression, from)).toBe(expected);
});

test.each([
  'rate(1 minutes)',
  'rate(5 minute)',
  'rate(0 minutes)',
  'rate(5 seconds)',
  'cron(* * * * *)',
  'cron(0 12 * * * *)',
  'cron(0 12 ? * ? *)',
  'cron(60 12 * * ? *)',
  'cron(0 12 L * ? *)',
  'cron(0 12 ? * 2#1 *)',
  'every 5 minutes',
])('refused: %s', (expression) => {
  expect(() => parseSchedule(expression)).toThrow(/ScheduleExpression is not valid/);
});
