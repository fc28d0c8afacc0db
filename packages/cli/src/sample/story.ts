/**
 * When things happen in the samples, in one place: the generators make it so, the tests hold them to it, and the alert
 * rules in packages/pipeline are about it. All times are UTC; a span is `[start, end)`.
 */
import { MINUTE } from '@millrace/core/runtime';

export const BASE = Date.parse('2026-03-02T09:00:00.000Z');
export const INTERVAL = 5 * MINUTE;

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** `clock('10:20')` is that time on the day of the samples. */
export const clock = (time: string): number => Date.parse(`2026-03-02T${time.length === 5 ? `${time}:00` : time}.000Z`);
const span = (start: string, end: string): Span => ({ start: clock(start), end: clock(end) });

export const within = (time: number, { start, end }: Span): boolean => time >= start && time < end;

export const shopStory = {
  open: span('09:00', '11:00'),
  /** The image server is slow: pages take seconds. */
  slowPages: span('09:30', '09:35'),
  /** The payment provider is down: every payment fails, and people try again. */
  failedPayments: span('09:50', '09:55'),
  /** A release breaks the tracking snippet: most pageviews go missing until it is rolled back. */
  lostPageviews: span('10:20', '10:35'),
  /** A release of the checkout forgets the order's total. */
  missingTotals: span('10:40', '10:45'),
} as const;

export const machineStory = {
  open: span('09:00', '10:00'),
  /** client-01: when each machine begins to warm up, runs, stops, and warms up and runs again. */
  'client-01': [
    ['09:00:00', '09:04:00', '09:22:00', '09:50:30', '09:53:30'],
    ['09:00:30', '09:04:30', '09:25:30', '09:46:00', '09:49:00'],
    ['09:01:00', '09:05:00', '09:29:00', '09:51:00', '09:54:00'],
    ['09:01:30', '09:05:30', '09:33:00', '09:51:30', '09:54:30'],
    ['09:02:00', '09:06:00', '09:37:00', '09:52:00', '09:55:00'],
  ],
  /** client-02: only machine-03 stops, and comes back. */
  'client-02': [
    ['09:00:00', '09:03:00'],
    ['09:00:30', '09:03:30'],
    ['09:01:00', '09:04:00', '09:18:00', '09:28:00', '09:31:00'],
    ['09:01:30', '09:04:30'],
    ['09:02:00', '09:05:00'],
  ],
  /** client-01: from the fifth machine's stop to the first one's restart. */
  allStopped: span('09:37', '09:46'),
  /** client-02: machine-03's stop. */
  oneStopped: span('09:18', '09:28'),
} as const;
