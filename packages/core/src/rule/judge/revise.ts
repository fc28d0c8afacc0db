/**
 * What is to be said, given what was said: late records may add to, change or withdraw alerts that were announced. Pure.
 */
import type { Transition } from './machine.ts';

/** A transition that was announced; `withdrawn` where it was taken back since. */
export interface Announcement extends Transition {
  readonly withdrawn?: true;
  /** How often its episode was revised since; absent for never. */
  readonly revisions?: number;
}

/** Something to announce of a transition: it happened, or it is not what was said. */
export type News =
  | { readonly type: 'raised' | 'resolved'; readonly transition: Transition }
  | {
      readonly type: 'revised';
      readonly transition: Transition;
      readonly status: 'firing' | 'resolved' | 'withdrawn';
      readonly reason: string;
      /** 1 for the episode's first, one more at each. */
      readonly revision: number;
      /** Of a raise whose resolve was announced and is withdrawn: what is revised is the end of the episode, too. */
      readonly reopens?: true;
    };

type Revised = Extract<News, { type: 'revised' }>;
/** A revision before it has its number. */
type Unnumbered = Omit<Revised, 'revision' | 'reopens'> | Exclude<News, Revised>;

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
  const numbered = numberRevisions(announced, known, news);
  return {
    announced: all
      .map((one) => withRevisions(one, numbered.counts.get(episodeOf(one))))
      .sort((a, b) => a.window.end - b.window.end || (nameOf(a) < nameOf(b) ? -1 : 1)),
    news: numbered.news,
  };
}

/** Numbers what revises an episode, on from what was revised before; so two that say the same are told apart, and ordered. */
function numberRevisions(
  announced: readonly Announcement[],
  known: ReadonlySet<string>,
  news: readonly Unnumbered[],
): { news: News[]; counts: ReadonlyMap<string, number> } {
  const counts = new Map<string, number>();
  const ended = new Set<string>();
  for (const one of announced) {
    const episode = episodeOf(one);
    if (one.revisions !== undefined) counts.set(episode, Math.max(one.revisions, counts.get(episode) ?? 0));
    if (one.kind === 'resolve' && !known.has(nameOf(one))) ended.add(episode);
  }
  const numbered = news.map((one): News => {
    if (one.type !== 'revised') return one;
    const episode = episodeOf(one.transition);
    const revision = (counts.get(episode) ?? 0) + 1;
    counts.set(episode, revision);
    const reopens = one.transition.kind === 'raise' && ended.has(episode);
    return { ...one, revision, ...(reopens ? { reopens: true } : {}) };
  });
  return { news: numbered, counts };
}

function withRevisions({ revisions: _, ...one }: Announcement, revisions: number | undefined): Announcement {
  return revisions === undefined ? one : { ...one, revisions };
}

/** What is kept of a transition to compare with. */
function bare({ series: _, siblings: __, ...one }: Transition): Announcement {
  return one;
}

function newsOf(now: Transition, before: Announcement | undefined): Unnumbered[] {
  if (before === undefined) return [{ type: saidOf[now.kind], transition: now }];
  if (before.withdrawn) return [revision(now, statusOf[now.kind], 'late records brought it back')];
  const same =
    before.window.start === now.window.start && before.window.end === now.window.end && before.value === now.value;
  return same ? [] : [revision(now, statusOf[now.kind], 'late records changed what was measured')];
}

/** One for each episode: a withdrawn raise takes its resolve with it, a withdrawn resolve leaves the episode firing. */
function withdrawals(gone: readonly Announcement[], known: ReadonlySet<string>): Unnumbered[] {
  const news: Unnumbered[] = [];
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

function revision(transition: Transition, status: 'firing' | 'resolved' | 'withdrawn', reason: string): Unnumbered {
  return { type: 'revised', transition, status, reason };
}
