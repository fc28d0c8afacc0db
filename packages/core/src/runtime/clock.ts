/**
 * The one clock. Anything that needs the time takes a `Clock`, so a test sets it; handlers pass `systemClock`.
 */

/** Milliseconds since 1970, UTC. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A length of time as rules and configuration write it: `30s`, `5m`, `1h`, `7d`. */
export type Duration = `${number}${'s' | 'm' | 'h' | 'd'}`;

const unit = { s: SECOND, m: MINUTE, h: HOUR, d: DAY } as const;

/**
 * Milliseconds of a `Duration`.
 * @throws RangeError on anything that is not a positive whole number with a unit.
 */
export function milliseconds(duration: string): number {
  const match = /^(\d{1,9})([smhd])$/.exec(duration);
  if (!match) throw new RangeError(`"${duration}" is not a duration; write a whole number and s, m, h or d, as in 5m`);
  return Number(match[1]) * unit[match[2] as keyof typeof unit]; // one of the pattern's
}

/** ISO 8601 in UTC with milliseconds, as every stream key and event writes it: `2017-08-01T00:05:00.000Z`. */
export function iso(time: number): string {
  return new Date(time).toISOString();
}

/** Seconds since 1970, rounded up: the form of DynamoDB's TTL attribute. */
export function expiresAt(time: number): number {
  return Math.ceil(time / SECOND);
}
