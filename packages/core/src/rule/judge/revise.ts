/**
 * What is to be said, given what was said: late records may add to, change or withdraw alerts that were announced. Pure.
 */
import type { Transition } from './machine.ts';

/** A transition that was announced; `withdrawn` where it was taken back since. */
export interface Announcement extends Transition {
  readonly withdrawn?: true;
}

/** Something to announce of a transition: it happened, or it is not what was said. */
export type News =
  | { readonly type: 'raised' | 'resolved'; readonly transition: Transition }
  | {
      readonly type: 'revised';
      readonly transition: Transition;
      readonly status: 'firing' | 'resolved' | 'withdrawn';
      readonly reason: string;
    };

const episodeOf = ({ opened, level = 0 }: Transition) => `${opened} ${level}`;
const nameOf = (one: Transition) => `${one.kind} ${episodeOf(one)}`;

const saidOf = { raise: 'raised', resolve: 'resolved' } as const;
const statusOf = { raise: 'firing', resolve: 'resolved' } as const;

/**
 * Compares what was announced with what is true up to `watermark`. What was announced of later windows stands: whoever
 * announced it knew of a higher watermark.
 */
export function reconcile(
  announced: readonly Announcement[],
  transitions: readonly Transition[],
  watermark: number,
): { announced: Announcement[]; news: News[] } {
  const said = new Map(announced.map((one) => [nameOf(one), one]));
  const known = new Set(transitions.map(nameOf));
  const gone = announced.filter((one) => one.window.end <= watermark && !known.has(nameOf(one)));
  const standing = announced.filter((one) => one.window.end > watermark && !known.has(nameOf(one)));
  const news = [...withdrawals(gone, known), ...transitions.flatMap((one) => newsOf(one, said.get(nameOf(one))))];
  const tombstones = gone.map((one): Announcement => ({ ...one, withdrawn: true }));
  const all = [...tombstones, ...transitions.map(bare), ...standing];
  return { announced: all.sort((a, b) => a.window.end - b.window.end || (nameOf(a) < nameOf(b) ? -1 : 1)), news };
}

/** What is kept of a transition to compare with. */
function bare({ series: _, siblings: __, ...one }: Transition): Announcement {
  return one;
}

function newsOf(now: Transition, before: Announcement | undefined): News[] {
  if (before === undefined) return [{ type: saidOf[now.kind], transition: now }];
  if (before.withdrawn) return [revision(now, statusOf[now.kind], 'late records brought it back')];
  const same =
    before.window.start === now.window.start && before.window.end === now.window.end && before.value === now.value;
  return same ? [] : [revision(now, statusOf[now.kind], 'late records changed what was measured')];
}

/** One for each episode: a withdrawn raise takes its resolve with it, a withdrawn resolve leaves the episode firing. */
function withdrawals(gone: readonly Announcement[], known: ReadonlySet<string>): News[] {
  const news: News[] = [];
  for (const one of gone) {
    if (one.withdrawn) continue;
    const raised =
      known.has(nameOf({ ...one, kind: 'raise' })) ||
      !gone.some((other) => other.kind === 'raise' && episodeOf(other) === episodeOf(one));
    if (one.kind === 'resolve') {
      news.push(
        raised
          ? revision(one, 'firing', 'late records show that it goes on')
          : revision(one, 'withdrawn', 'late records show that it never was'),
      );
    } else if (
      !gone.some((other) => other.kind === 'resolve' && episodeOf(other) === episodeOf(one) && !other.withdrawn)
    ) {
      news.push(revision(one, 'withdrawn', 'late records show that it never was'));
    }
  }
  return news;
}

function revision(transition: Transition, status: 'firing' | 'resolved' | 'withdrawn', reason: string): News {
  return { type: 'revised', transition, status, reason };
}
