/**
 * Alert episodes: what is said of a transition. Every part of it, ids included, follows from the rule, the group and the
 * window, never from the file or the tick that brought it about, so the same alert is the same event whoever finds it.
 */
import {
  type AlertEpisodeSnapshot,
  type Event,
  follow,
  type NotifySettings,
  RuleAlertRaised,
  RuleAlertResolved,
  RuleAlertRevised,
} from '../../event/index.ts';
import { deterministicId, hash, iso, milliseconds } from '../../runtime/index.ts';
import type { KeyPart } from '../../table/index.ts';
import type { CompiledLevel, CompiledRule } from '../collect/compile.ts';
import type { Transition } from './machine.ts';
import type { News } from './revise.ts';

const MAX_TEXT = 512;
const MAX_SUMMARY = 1000;

/** 1 for a raise, 2 for the resolve; a revision carries that of the last of them it is about. */
const sequenceOf = { raise: 1, resolve: 2 } as const;

/** A group as people know it. */
export interface Subject {
  readonly rule: CompiledRule;
  readonly group: KeyPart;
  /** The values of `partitionBy`; empty for a rule-wide group. */
  readonly values: readonly string[];
}

/** The episode's id: a hash of rule, version, group, the window that opened it and, beyond the rule's own severity, its level. */
function episodeId({ rule: { rule, version }, group }: Subject, opened: number, level = 0): string {
  return deterministicId('eps', rule.project, rule.id, version, group, opened, ...(level === 0 ? [] : [level]));
}

/** The episode as a transition leaves it. `resolvedAt` is the start of the first cell it was over in. */
export function snapshot(subject: Subject, transition: Transition): AlertEpisodeSnapshot {
  const { rule, version, grid } = subject.rule;
  const { kind, opened, window, level, series } = transition;
  const { severity, signal } = levelOf(subject.rule, level);
  const partition = Object.fromEntries((rule.partitionBy ?? []).flatMap((path, n) => pairOf(path, subject.values[n])));
  const value = transition.value.slice(0, MAX_TEXT);
  const threshold = `${quantifierText(rule.quantifier)}${signal.threshold}`.slice(0, MAX_TEXT);
  const episode = {
    episode: episodeId(subject, opened, level),
    sequence: sequenceOf[kind],
    rule: { id: rule.id, version, name: rule.name },
    severity,
    partition,
    startedAt: iso(opened),
    ...(kind === 'resolve' ? { resolvedAt: iso(Math.max(window.start, window.end - grid.size)) } : {}),
    window: { start: iso(window.start), end: iso(window.end) },
    value,
    threshold,
    ...(series === undefined ? {} : { series: [...series] }),
    routes: rule.stage === 'staging' ? [] : rule.notify.routes,
    sendResolved: rule.notify.sendResolved,
    ...settingsOf(rule.notify),
    ...siblingsOf(subject, transition),
    labels: rule.labels,
  };
  return { ...episode, summary: summarize(rule.template, episode) };
}

/** How the rule wants it told, where it says more than where. */
function settingsOf({ groupBy, groupWait, repeat, cooldown }: CompiledRule['rule']['notify']): {
  notify?: NotifySettings;
} {
  const notify: NotifySettings = {
    ...(groupBy === undefined ? {} : { groupBy }),
    ...(groupWait === undefined ? {} : { groupWait: milliseconds(groupWait) }),
    ...(repeat === undefined ? {} : { repeat: milliseconds(repeat) }),
    ...(cooldown === undefined ? {} : { cooldown: milliseconds(cooldown) }),
  };
  return Object.keys(notify).length === 0 ? {} : { notify };
}

function siblingsOf(subject: Subject, { siblings }: Transition): Pick<AlertEpisodeSnapshot, 'siblings'> {
  if (siblings === undefined) return {};
  return {
    siblings: siblings.map(({ level, opened }) => ({
      episode: episodeId(subject, opened, level),
      severity: levelOf(subject.rule, level).severity,
      startedAt: iso(opened),
    })),
  };
}

function levelOf({ levels, rule, signal }: CompiledRule, level = 0): Pick<CompiledLevel, 'severity' | 'signal'> {
  return levels[level] ?? { severity: rule.severity, signal };
}

function pairOf(path: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[path, value]];
}

function quantifierText(quantifier: CompiledRule['rule']['quantifier']): string {
  if (quantifier === 'each') return '';
  if (typeof quantifier === 'string') return `${quantifier}: `;
  return 'atLeast' in quantifier ? `at least ${quantifier.atLeast}: ` : `${quantifier.percent}%: `;
}

function summarize(template: string, episode: Omit<AlertEpisodeSnapshot, 'summary'>): string {
  const { rule, value, threshold, window, partition, labels } = episode;
  const known = new Map<string, string>([
    ['name', rule.name],
    ['value', value],
    ['threshold', threshold],
    ['start', window.start],
    ['end', window.end],
    ...Object.entries(partition).map(([path, text]): [string, string] => [`partition.${path}`, text]),
    ...Object.entries(labels).map(([key, text]): [string, string] => [`labels.${key}`, text]),
  ]);
  return template.replace(/\{([^{}]+)\}/g, (_, name: string) => known.get(name) ?? '').slice(0, MAX_SUMMARY);
}

/** The event that announces a piece of news. */
export function eventOf(subject: Subject, news: News): Event {
  const episode = snapshot(subject, news.transition);
  switch (news.type) {
    case 'raised':
      return RuleAlertRaised.create(episode, metadataOf(subject, news.transition, RuleAlertRaised.type, episode));
    case 'resolved':
      return RuleAlertResolved.create(episode, metadataOf(subject, news.transition, RuleAlertResolved.type, episode));
    case 'revised': {
      const { resolvedAt, ...firing } = episode;
      const { status, reason, revision } = news;
      const sequence = news.reopens ? sequenceOf.resolve : episode.sequence;
      const revised = { ...(status === 'firing' ? firing : episode), sequence, status, reason, revision };
      return RuleAlertRevised.create(revised, metadataOf(subject, news.transition, RuleAlertRevised.type, revised));
    }
  }
}

function metadataOf(subject: Subject, { window }: Transition, type: string, episode: AlertEpisodeSnapshot) {
  const { rule, version } = subject.rule;
  const cause = {
    id: deterministicId('evt', 'rule.window', rule.project, rule.id, version, subject.group, window.start),
    traceId: deterministicId('trc', episode.episode),
    hop: 0,
  };
  const fact = [episode.episode, episode.sequence, hash(JSON.stringify(episode))];
  return follow(cause, { type, subject: fact, project: rule.project, producedBy: 'evaluator' });
}
