/**
 * How far a replay is, on one line: a bar, the count, the rate and the time left.
 */
import { DAY, HOUR, MINUTE, SECOND } from '@millrace/core/runtime';

const WIDTH = 24;

export function bar({
  done,
  total,
  perSecond,
}: {
  readonly done: number;
  readonly total: number;
  readonly perSecond: number;
}): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const parts = [
    gauge(share),
    `${done.toLocaleString('en')} of ${total.toLocaleString('en')} files`,
    `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString('en')}/s`,
  ];
  if (perSecond > 0 && done < total) parts.push(`${timeLeft(((total - done) / perSecond) * SECOND)} left`);
  return parts.join(', ');
}

/** `[######..................] 25 %` */
export function gauge(share: number): string {
  const full = Math.round(share * WIDTH);
  return `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${Math.floor(share * 100)} %`;
}

/** In the two largest units, rounded up to a second. */
function timeLeft(milliseconds: number): string {
  let rest = Math.ceil(milliseconds / SECOND) * SECOND;
  const units = [
    ['d', DAY],
    ['h', HOUR],
    ['m', MINUTE],
    ['s', SECOND],
  ] as const;
  const parts: string[] = [];
  for (const [name, length] of units) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0 || parts.length > 0) parts.push(`${count} ${name}`);
  }
  return parts.slice(0, 2).join(' ') || '0 s';
}
