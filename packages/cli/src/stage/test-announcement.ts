/**
 * A message to try a route with, which nobody can take for an alert.
 */
import type { Announcement } from '@millrace/core/alert';
import { iso, MINUTE } from '@millrace/core/runtime';

/** @param now ms since 1970. */
export function testAnnouncement(now: number): Announcement {
  const window = { start: iso(now - 5 * MINUTE), end: iso(now) };
  return {
    project: 'millrace',
    position: '000001',
    change: 'raised',
    status: 'firing',
    alert: {
      episode: 'test',
      sequence: 1,
      rule: { id: 'test-route', version: 1, name: 'This is a test of a route' },
      severity: 'info',
      partition: {},
      startedAt: window.start,
      window,
      value: '7',
      threshold: '> 5',
      series: [1, 2, 1, 3, 2, 7],
      routes: [],
      sendResolved: false,
      labels: {},
      summary: 'Sent by "millrace alerts test-route". Nothing is wrong.',
    },
  };
}
