/**
 * The sentence of an alert: text with placeholders.
 */
import type { Shape } from './shape.ts';

/** The names between braces in a template. */
export function placeholdersOf(template: string): string[] {
  return [...template.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? '');
}

/** Whether every alert of the rule has something to put there. */
export function isKnownPlaceholder(name: string, rule: Shape): boolean {
  if (['name', 'value', 'threshold', 'start', 'end'].includes(name)) return true;
  if (name.startsWith('labels.')) return Object.hasOwn(rule.labels, name.slice('labels.'.length));
  const { signal, quantifier } = rule;
  const together = signal.kind === 'absence' && typeof signal.expect === 'object' && 'values' in signal.expect;
  if (!name.startsWith('partition.') || quantifier !== 'each' || together) return false;
  return rule.partitionBy?.includes(name.slice('partition.'.length)) ?? false;
}
