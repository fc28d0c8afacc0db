/**
 * The health of a rule: an evaluation group of its own beside those of its partitions, in which whatever keeps the rule
 * from being evaluated counts as a breach. So a rule that fails raises an alert, once, and resolves it when it works again.
 */
import { DAY, MINUTE, MillraceError, messageOf, nameOf } from '../../runtime/index.ts';
import { type KeyPart, keyPart } from '../../table/index.ts';
import type { CompiledRule } from '../collect/compile.ts';
import { plainFrame } from '../judge/frame/frame.ts';
import { type CompiledSignal, NO_DATA } from '../measure/judgement.ts';
import type { Contribution } from '../measure/tally.ts';

/** The group; no partition has this name: theirs are JSON arrays. */
export const HEALTH = keyPart('!health');

/** A rule that fails now and then stays one episode. */
const KEEP_FIRING = 15 * MINUTE;
/** What ails a window may be found when later ones are long over: whoever judges the rule's groups does so in any order. */
const GRACE = DAY;
/** Characters of an error that an alert tells. */
const MAX_TEXT = 200;

const signal: CompiledSignal = {
  extreme: 'max',
  threshold: 'every record and window of the rule can be evaluated',
  historyLength: 0,
  add: () => undefined,
  judge: ({ latest }) => (latest === undefined ? NO_DATA : { status: 'breach', value: String(latest.value) }),
};

const known = new WeakMap<CompiledRule, CompiledRule>();

/** The rule by which the health of `rule` is judged: the same name, version, severity and routes. */
export function healthOf(rule: CompiledRule): CompiledRule {
  const health = known.get(rule) ?? compileHealth(rule);
  known.set(rule, health);
  return health;
}

/** The rule a group of `rule` is judged by. */
export function ruleOfGroup(rule: CompiledRule, group: KeyPart): CompiledRule {
  return group === HEALTH ? healthOf(rule) : rule;
}

function compileHealth(compiled: CompiledRule): CompiledRule {
  const { partitionBy, mOfN, levels, ...rule } = compiled.rule;
  return {
    ...compiled,
    rule: {
      ...rule,
      name: `Rule failing: ${rule.name}`.slice(0, 128),
      quantifier: 'each',
      noData: 'ok',
      template: '{name}: {value}',
    },
    grid: { size: compiled.intervalLength, offset: 0 },
    frame: plainFrame(signal),
    signal,
    levels: [{ severity: rule.severity, signal, lasting: false }],
    early: false,
    whole: false,
    carries: undefined,
    for: 0,
    keepFiringFor: KEEP_FIRING,
    grace: compiled.grace + GRACE,
  };
}

/** What a failure says about the health of a rule in the window from `window` (ms). `file` tells its source. */
export function ailment(
  text: string,
  { window, file, receivedAt }: { readonly window: number; readonly file: string; readonly receivedAt: number },
): Contribution {
  const latest = { value: text.slice(0, MAX_TEXT), at: window, interval: window, file, row: 0 };
  return { group: HEALTH, partition: HEALTH, values: [], window, tally: { n: 1, latest }, receivedAt };
}

/** Errors of the language: a rule met a record or a state it cannot handle. */
const faults: readonly unknown[] = [TypeError, RangeError, ReferenceError, SyntaxError, EvalError];

/** Whether the fault is the rule's: trying again, or another rule, cannot help or suffer. Else it is the table's or the network's. */
export function isFaultOfRule(caught: unknown): boolean {
  for (let error = caught; error instanceof Error; error = error.cause) {
    if (nameOf(error) === 'ValidationException') return true; // DynamoDB will never take such an item
    if (error instanceof MillraceError) return !error.retryable;
    if (faults.includes(error.constructor)) return !isNetworkFault(error);
  }
  return false;
}

/** `fetch failed` and its like are TypeErrors with a cause. */
function isNetworkFault(error: Error): boolean {
  return error.cause !== undefined || 'code' in error;
}

export function faultText(caught: unknown): string {
  return `it cannot be evaluated: ${messageOf(caught)}`;
}
