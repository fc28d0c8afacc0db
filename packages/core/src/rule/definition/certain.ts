/**
 * Which conditions more records cannot undo: once they hold of a part of a window, they hold of the whole. Pure.
 */
import type { Comparison, Where } from '../../where/index.ts';
import type { Shape } from './shape.ts';
import type { Aggregate } from './signal-schema.ts';

const upward: ReadonlySet<Comparison> = new Set(['gt', 'gte']);
const downward: ReadonlySet<Comparison> = new Set(['lt', 'lte']);

/** What may undo the rule's condition, with the remedy; undefined where nothing can. */
export function undoneBy({
  signal,
  source,
  dedupeBy,
}: Pick<Shape, 'signal' | 'source'> & Partial<Pick<Shape, 'dedupeBy'>>): string | undefined {
  switch (signal.kind) {
    case 'match':
      return undefined;
    case 'schema':
      if (dedupeBy !== undefined) return 'an earlier record of the same dedupeBy may lack nothing';
      if (signal.as === 'rate') return 'more records may lower a share; use "as": "count"';
      return upward.has(signal.compare.op) ? undefined : 'a count only grows; compare it with gt or gte';
    case 'aggregate':
      if (dedupeBy !== undefined && !['count', 'rate'].includes(signal.aggregate.fn))
        return 'an earlier record of the same dedupeBy may say something else; only a count or a rate stays';
      return undoingAggregate(signal.aggregate, signal.compare.op, source.where);
    default:
      return `more records may undo a "${signal.kind}"; only counts, distinct, max, min and sums of what is not negative stay`;
  }
}

function undoingAggregate(aggregate: Aggregate, op: Comparison, where: Where | undefined): string | undefined {
  const { fn } = aggregate;
  switch (fn) {
    case 'min':
      return downward.has(op) ? undefined : 'a min only falls; compare it with lt or lte';
    case 'sum':
      if (!isNeverNegative(aggregate.path, where))
        return `a negative ${aggregate.path} may lower the sum; let source.where demand {"path": "${aggregate.path}", "op": "gte", "value": 0}`;
      break;
    case 'count':
    case 'rate':
    case 'distinct':
    case 'max':
      break;
    default:
      return `more records may undo "${fn}"; only counts, distinct, max, min and sums of what is not negative stay`;
  }
  return upward.has(op) ? undefined : `a ${fn} only grows; compare it with gt or gte`;
}

/** Whether the condition lets only records pass in which the number at `path` is at least 0. */
function isNeverNegative(path: string, where: Where | undefined): boolean {
  if (where === undefined) return false;
  if ('all' in where) return where.all.some((one) => isNeverNegative(path, one));
  if (!('op' in where) || where.path !== path) return false;
  return (where.op === 'gte' || where.op === 'gt') && typeof where.value === 'number' && where.value >= 0;
}

const words: Partial<Record<Comparison, string>> = {
  gte: 'at least',
  gt: 'more than',
  lte: 'at most',
  lt: 'less than',
};

/** What an early alert says was measured: that its threshold is reached, which stays true however many records follow. */
export function reachedText({ op, value }: { readonly op: Comparison; readonly value: unknown }): string {
  return `${words[op] ?? op} ${String(value)}`;
}
