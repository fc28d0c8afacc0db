/**
 * Matchers, as Alertmanager has them: `severity=critical`, `team!=ops`, `client=~client-0.*`, `machine!~"test-.*"`.
 * Routes, silences and inhibitions tell by them which alerts they are about.
 */
import * as z from 'zod';
import { ConfigurationError, messageOf } from '../../runtime/index.ts';
import type { Announcement } from '../message/announcement.ts';

export interface Matcher {
  readonly name: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** What an alert is matched by: its labels, the values of its partition, and its project, rule and severity. */
export type Labels = ReadonlyMap<string, string>;

/** An alert, as far as it matters to whether it is told. */
export interface Subject {
  readonly project: string;
  readonly episode: string;
  readonly labels: Labels;
}

export function subjectOf(announcement: Announcement): Subject {
  return { project: announcement.project, episode: announcement.alert.episode, labels: labelsOf(announcement) };
}

/**
 * `project`, `rule`, `severity` and `partition`, which is all of its values as one text, are always those of the alert,
 * whatever its labels say.
 */
export function labelsOf({ project, alert }: Announcement): Labels {
  const { labels, partition, rule, severity } = alert;
  return new Map([
    ...Object.entries(labels),
    ...Object.entries(partition),
    ['project', project],
    ['rule', rule.id],
    ['severity', severity],
    ['partition', JSON.stringify(Object.entries(partition).toSorted())],
  ]);
}

/**
 * A value may stand in double quotes; in these, `\"` is a quote and `\\` a backslash.
 * @throws ConfigurationError where the text is no matcher.
 */
export function parseMatcher(text: string): Matcher {
  const match = /^\s*([^\s=!~]+)\s*(=~|!~|!=|=)\s*(.*?)\s*$/s.exec(text);
  if (!match)
    throw new ConfigurationError(
      `"${text}" is no matcher; write name=value, name!=value, name=~pattern or name!~pattern`,
    );
  const [, name = '', operator = '', value = ''] = match;
  const matcher = { name, operator: operator as Matcher['operator'], value: unquoted(value) }; // one of the pattern's
  if (operator.endsWith('~')) patternOf(matcher);
  return matcher;
}

/**
 * Matchers with commas between; a value that has a comma stands in double quotes: `rule=sales,client=~"c-1,.*"`.
 * @throws ConfigurationError
 */
export function parseMatchers(text: string): Matcher[] {
  return (text.match(/(?:(?<=[=~]\s*)"(?:[^"\\]|\\.)*"|[^,])+/gs) ?? []).map(parseMatcher);
}

/** What `parseMatcher` reads as the same matcher, also in a row with others. */
export function matcherText({ name, operator, value }: Matcher): string {
  const plain = value === value.trim() && !/[",]/.test(value);
  return `${name}${operator}${plain ? value : `"${value.replace(/["\\]/g, '\\$&')}"`}`;
}

function unquoted(value: string): string {
  const [, inner] = /^"((?:[^"\\]|\\.)*)"$/s.exec(value) ?? [];
  return inner === undefined ? value : inner.replace(/\\(["\\])/g, '$1');
}

/** A matcher as a declaration writes it. */
export const MatcherText = z.string().transform((text, context) => {
  try {
    return parseMatcher(text);
  } catch (caught) {
    context.addIssue({ code: 'custom', message: messageOf(caught) });
    return z.NEVER;
  }
});

/** Whether all of them hold. A label that is not there is the empty text; a pattern is for the whole of a value. */
export function matchesAll(labels: Labels, matchers: readonly Matcher[]): boolean {
  return matchers.every((matcher) => holds(matcher, labels.get(matcher.name) ?? ''));
}

function holds(matcher: Matcher, value: string): boolean {
  switch (matcher.operator) {
    case '=':
      return value === matcher.value;
    case '!=':
      return value !== matcher.value;
    case '=~':
      return patternOf(matcher).test(value);
    case '!~':
      return !patternOf(matcher).test(value);
  }
}

function patternOf({ value }: Matcher): RegExp {
  try {
    return new RegExp(`^(?:${value})$`, 'su');
  } catch (cause) {
    throw new ConfigurationError(`"${value}" is no regular expression: ${messageOf(cause)}`, { cause });
  }
}
