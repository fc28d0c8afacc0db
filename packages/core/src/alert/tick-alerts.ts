/**
 * The ticker's work on alerts: silences end, reminders and groups are due, far deliveries come near. It reads what is due
 * and nothing else.
 */
import { type Clock, followTrace, log, MINUTE, messageOf, SECOND, systemClock, traced } from '../runtime/index.ts';
import { type Deadline, dueDeadlines, finishDeadline, holdDeadline, shards } from './deadline.ts';
import { deliveryMessage, timeCause } from './deliver/queue.ts';
import { flushGroup, type TimeOptions } from './group/flush-group.ts';
import { isGroupId } from './group/group.ts';
import { remind } from './route/remind.ts';

/** Deadlines read at a time from one shard. */
const PAGE = 100;
/** Half of what the ticker has (55 s), which it shares with the rules; the rest is due in the next minute. */
const BUDGET = 25 * SECOND;
const PARALLEL = 8;
/** How long a deadline that is being worked on is nobody else's: longer than the ticker may run. */
const HOLD = 2 * MINUTE;

export interface AlertTickOptions extends TimeOptions {
  /** Measures the tick's own run time. */
  readonly clock?: Clock;
}

/** What a tick did with the deadlines that were due. */
export interface AlertsTicked {
  met: number;
  /** They are tried again when their hold has run out. */
  failed: number;
}

/** Meets every alert deadline that is due at `now`. Safe to run twice at once, and to be skipped for any time. */
export async function tickAlerts(options: AlertTickOptions): Promise<AlertsTicked> {
  const clock = options.clock ?? systemClock;
  const end = clock() + BUDGET;
  const ticked: AlertsTicked = { met: 0, failed: 0 };
  const left = [...shards];
  const work = async () => {
    for (let shard = left.shift(); shard !== undefined; shard = left.shift()) {
      for (let full = true; full && clock() < end; ) {
        const due = await dueDeadlines(shard, options.now, PAGE);
        for (const deadline of due) await traced('alert deadline', () => meet(deadline, options, ticked));
        full = due.length === PAGE;
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  if (ticked.met + ticked.failed > 0) log.info('alert deadlines', { ...ticked });
  return ticked;
}

/** In the trace of the episode or group it is about. @returns whether it went well. */
async function meet(deadline: Deadline, options: TimeOptions, ticked: AlertsTicked): Promise<boolean> {
  const { project, subject, route, position } = deadline;
  followTrace(timeCause(deadline).traceId);
  try {
    const held = await holdDeadline(deadline, options.now + HOLD);
    if (held === undefined) return true;
    if (position !== '') {
      const delivery = { project, episode: subject, position, route };
      await options.queue.send([deliveryMessage(delivery, timeCause(deadline))]);
      await finishDeadline(held, undefined);
    } else if (isGroupId(subject)) await flushGroup(held, options);
    else await remind(held, options);
    ticked.met += 1;
    return true;
  } catch (caught) {
    log.error('an alert deadline could not be met; it is tried again in minutes', {
      subject,
      route,
      error: messageOf(caught),
    });
    ticked.failed += 1;
    return false;
  }
}
