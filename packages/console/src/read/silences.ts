/**
 * The silences of a project that hide alerts, or will.
 */
import { listSilences as allSilences, matcherText, type Silence } from '@millrace/core/alert';
import { type Clock, systemClock } from '@millrace/core/runtime';

/** Times in ms. */
export type SilenceView = Pick<Silence, 'id' | 'from' | 'to' | 'by' | 'comment'> & {
  readonly matchers: readonly string[];
};

/** By their beginning; those that ended are left out. */
export async function listSilences(
  project: string,
  now: Clock = systemClock,
): Promise<{ readonly items: readonly SilenceView[] }> {
  const silences = (await allSilences(project)).filter(({ to }) => to > now());
  return {
    items: silences.map(({ id, from, to, by, comment, matchers }) => {
      return { id, from, to, by, comment, matchers: matchers.map(matcherText) };
    }),
  };
}
