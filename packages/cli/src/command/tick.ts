/**
 * `millrace tick`: time passes for the running stack.
 */
import { iso, milliseconds, systemClock } from '@millrace/core/runtime';
import { type Command, UsageError } from '../arguments.ts';
import { ask, connectLocal, endpointOption } from '../connection.ts';

/** Longer than the idle timeout of the streams, so that a silent stream counts as complete. */
const DEFAULT_AHEAD = '20m';

export const tick: Command = {
  name: 'tick',
  summary: "Moves the running stack's clock on, so that windows close now",
  options: {
    ahead: { value: 'DURATION', says: `how far ahead of the time it is: 90s, 10m, 2h (default ${DEFAULT_AHEAD})` },
    ...endpointOption,
  },
  help: `A window closes when its stream is known to be complete: when files of later intervals are there, or when nothing has
come for the idle timeout (packages/pipeline/src/streams.ts). A tick runs the ticker as if that time had passed. What
arrives for a window that has closed comes late: it revises an alert, or is dropped and counted.`,
  run: async (given) => {
    const ahead = duration(given.get('ahead') ?? DEFAULT_AHEAD);
    const { endpoint } = await connectLocal(given.get('endpoint'));
    const at = systemClock() + ahead;
    await ask(endpoint, 'tick', { at });
    process.stdout.write(`ticked as if it were ${iso(at)}; what came of it: "pnpm millrace status"\n`);
    return 0;
  },
};

function duration(text: string): number {
  try {
    return milliseconds(text);
  } catch {
    throw new UsageError(`--ahead "${text}" is no duration; write a whole number and s, m, h or d, as in 10m`);
  }
}
