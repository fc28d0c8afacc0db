/**
 * What a process remembers of what it looked up: the ids it asked for last, those that nobody knew among them, and the last
 * good answer for as long as nobody can be asked.
 */
import { type Clock, log, MINUTE, messageOf, SECOND, systemClock } from '../../runtime/index.ts';
import type { Answers, Finder } from '../step/step.ts';
import { Recent } from './recent.ts';

/** How long an answer is believed, ms. */
export interface Lifetimes {
  readonly found: number;
  readonly missing: number;
  /** How long nobody is asked again about an id that could not be told. */
  readonly failed: number;
}

export const LIFETIMES: Lifetimes = {
  found: 5 * MINUTE, // reference data changes by hand or by a nightly job
  missing: MINUTE, // shorter, because the usual cure is that somebody adds it
  failed: 15 * SECOND, // shorter still: an outage should not be believed for longer than it lasts
};

/** Characters of ids and values, an eighth of what the smallest function has; strings of V8 take one or two bytes each. */
const CAPACITY = 32 * 1024 * 1024;
/** Beside its characters, an entry costs about this much. */
const ENTRY_OVERHEAD = 128;

interface Entry {
  /** Undefined for an id nobody knows. */
  readonly json: string | undefined;
  /** Whether it was ever told; otherwise that it could not be. */
  readonly told: boolean;
  /** ms. */
  readonly until: number;
}

export interface Asking {
  /** Keeps apart what different sources say of one id, and what one says to different askers. Never shown. */
  readonly scope: string;
  /** Who is asked, for logs: nothing secret. */
  readonly name: string;
  ask(ids: readonly string[]): Promise<Answers>;
  /** What becomes of ids nobody could tell about and nobody ever did: the run fails and is tried again, or they do. */
  readonly whenUnavailable: WhenUnavailable;
  readonly lifetimes?: Lifetimes;
}

export type WhenUnavailable = 'retry' | 'note';

/** Finds with a least-recently-used memory of bounded size before what is asked. */
export interface LookupMemory {
  before(asking: Asking): Finder;
}

export function createLookupMemory({
  clock = systemClock,
  capacity = CAPACITY,
}: {
  readonly clock?: Clock;
  readonly capacity?: number;
} = {}): LookupMemory {
  const entries = new Recent<Entry>(capacity, (key, { json }) => key.length + (json?.length ?? 0) + ENTRY_OVERHEAD);
  return {
    before:
      ({ scope, name, ask, whenUnavailable, lifetimes = LIFETIMES }) =>
      async (ids) => {
        const now = clock();
        const found = new Map<string, string>();
        const failed = new Set<string>();
        const use = (id: string, { told, json }: Entry) => {
          if (!told) failed.add(id);
          else if (json !== undefined) found.set(id, json);
        };
        const unknown: string[] = [];
        for (const id of ids) {
          const entry = entries.get(scope + id);
          if (entry === undefined || entry.until <= now) unknown.push(id);
          else use(id, entry);
        }
        if (unknown.length === 0) return { found, failed };
        const answers = await answersOf(
          ask,
          unknown,
          name,
          (id) => entries.get(scope + id)?.told === true || whenUnavailable === 'note',
        );
        for (const id of unknown) {
          const entry = answers.failed.has(id)
            ? unanswered(entries.get(scope + id), now + lifetimes.failed)
            : answered(answers.found.get(id), now, lifetimes);
          entries.set(scope + id, entry);
          use(id, entry);
        }
        return { found, failed };
      },
  };
}

function answered(json: string | undefined, now: number, lifetimes: Lifetimes): Entry {
  return { json, told: true, until: now + (json === undefined ? lifetimes.missing : lifetimes.found) };
}

/** The last good answer, where there was one. */
function unanswered(before: Entry | undefined, until: number): Entry {
  return before?.told ? { ...before, until } : { json: undefined, told: false, until };
}

/** @throws what `ask` throws, unless all ids can do without an answer. */
async function answersOf(
  ask: Asking['ask'],
  ids: readonly string[],
  name: string,
  dispensable: (id: string) => boolean,
): Promise<Answers> {
  try {
    return await ask(ids);
  } catch (caught) {
    if (!ids.every(dispensable)) throw caught;
    log.warn('a lookup was not answered', { name, ids: ids.length, error: messageOf(caught) });
    return { found: new Map(), failed: new Set(ids) };
  }
}

/** The memory of this process. */
export const lookupMemory: LookupMemory = createLookupMemory();
