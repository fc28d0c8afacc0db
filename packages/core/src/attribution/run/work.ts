/**
 * What all work on attributions is given, and how it takes what cannot be helped.
 */
import { type Clock, log, MillraceError, systemClock } from '../../runtime/index.ts';
import type { Attribution } from '../definition/definition.ts';
import type { AttributionStreams } from '../definition/file-form.ts';
import type { Patience } from '../lookback/completeness.ts';

export interface AttributionOptions extends AttributionStreams {
  readonly attributions: readonly Attribution[];
  /** How long (ms) an interval without a touch file is waited for; without it results stay provisional. */
  readonly idleTimeout?: number;
  readonly now?: Clock;
}

/** By the time it is now. */
export function patienceOf({
  idleTimeout,
  now = systemClock,
}: Pick<AttributionOptions, 'idleTimeout' | 'now'>): Patience | undefined {
  return idleTimeout === undefined ? undefined : { idleTimeout, now: now() };
}

/** Where trying again cannot help, the conversions' own message says so, not that of what bears upon them. */
export async function unlessHopeless(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (caught) {
    if (!(caught instanceof MillraceError) || caught.retryable) throw caught;
    log.warn('conversions left as they were', { workflow: 'attributor', code: caught.code, error: caught.message });
  }
}
