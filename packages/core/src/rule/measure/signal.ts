/**
 * A signal compiled: how a record adds to a tally, and what a tally says of a window.
 */
import type { JsonObject, JsonValue } from '../../stream/index.ts';
import { type Comparison, compileWhere, holds, inOrder, type Literal, readerOf, typeOf } from '../../where/index.ts';
import type { NumericCompare, Share, Signal } from '../definition/schema.ts';
import { compileChange } from './change.ts';
import { compare, type Decimal, decimalOf, add as decimalSum, multiply, times, toNumber, ZERO } from './decimal.ts';
import { type CompiledSignal, judgement, NO_DATA, type Position } from './judgement.ts';
import { addToSum, compileMeasure, rounded } from './measure.ts';
import { isLater, type Latest, type Tally } from './tally.ts';

const symbols: Record<Comparison, string> = { eq: '=', neq: '!=', lt: '<', lte: '<=', gt: '>', gte: '>=' };

/** @param windowLength ms */
export function compileSignal(
  { signal, recover }: { readonly signal: Signal; readonly recover?: NumericCompare | undefined },
  windowLength: number,
): CompiledSignal {
  switch (signal.kind) {
    case 'match':
      return { ...counted('a matching record'), judge: ({ n }) => judgement(n > 0, recordsText(n), n) };
    case 'absence':
      return { ...counted(absenceText(signal)), judge: ({ n }) => judgement(n === 0, recordsText(n), n) };
    case 'sequence':
      return { ...counted(sequenceText(signal)), judge: () => NO_DATA };
    case 'aggregate':
      return compileAggregate(signal, recover, windowLength);
    case 'change':
      return compileChange(signal, windowLength);
    case 'ratio':
      return compileRatio(signal, recover);
    case 'schema':
      return compileSchema(signal, recover);
  }
}

/** A signal that asks of records only whether they are there. */
function counted(threshold: string): Omit<CompiledSignal, 'judge'> {
  return { extreme: 'max', threshold, historyLength: 0, add: (tally) => void tally.n++ };
}

function recordsText(n: number): string {
  return n === 1 ? '1 record' : `${n} records`;
}

function absenceText({ expect }: Extract<Signal, { kind: 'absence' }>): string {
  if (expect === 'any') return 'no record';
  return 'values' in expect ? 'no record of some' : `no record, though seen within ${expect.seenWithin}`;
}

function sequenceText({ steps, within, ordered }: Extract<Signal, { kind: 'sequence' }>): string {
  const names = steps.map(({ id, count = 1, absent }) => `${absent ? 'no ' : ''}${id}${count > 1 ? ` ×${count}` : ''}`);
  return `${names.join(ordered ? ' → ' : ' + ')} within ${within}`;
}

type AggregateSignal = Extract<Signal, { kind: 'aggregate' }>;

function compileAggregate(
  { aggregate, minCount = 1, compare: { op, value: wanted } }: AggregateSignal,
  recover: NumericCompare | undefined,
  windowLength: number,
): CompiledSignal {
  if (aggregate.fn === 'latest' || aggregate.fn === 'first') {
    return compileLiteral(aggregate.fn, aggregate.path, { op, wanted, minCount });
  }
  const measure = compileMeasure(aggregate, windowLength);
  const breaches = thresholdOf(op, wanted, measure.against);
  return {
    extreme: measure.extreme,
    threshold: `${measure.name} ${symbols[op]} ${text(wanted)}`,
    historyLength: 0,
    add: measure.add,
    judge: (tally) =>
      tally.n < minCount ? NO_DATA : judgement(breaches(tally), measure.text(tally), rounded(measure.value(tally))),
    ...holdsOn(recover, measure.against),
  };
}

type Against = (limit: Decimal) => (tally: Tally) => number;

function thresholdOf(op: Comparison, wanted: Literal, against: Against): (tally: Tally) => boolean {
  const sign = against(decimalOf(wanted) ?? ZERO);
  return (tally) => inOrder(op, sign(tally));
}

/** A firing alert holds on until its recovery is met. */
function holdsOn(recover: NumericCompare | undefined, against: Against): Pick<CompiledSignal, 'holdsOn'> {
  if (recover === undefined) return {};
  const recovered = thresholdOf(recover.op, recover.value, against);
  return { holdsOn: (tally) => !recovered(tally) };
}

/** The first or latest value of all, against a literal. */
function compileLiteral(
  fn: 'first' | 'latest',
  path: string,
  { op, wanted, minCount }: { op: Comparison; wanted: Literal; minCount: number },
): CompiledSignal {
  const read = readerOf(path);
  return {
    extreme: 'max',
    threshold: `${fn}(${path}) ${symbols[op]} ${text(wanted)}`,
    historyLength: 0,
    add(tally, record, position) {
      const value = read(record);
      const known = tally[fn];
      if (
        known !== undefined &&
        isScalar(value) &&
        (fn === 'latest' ? position.at < known.at : position.at > known.at)
      ) {
        tally.n++; // without making what would be thrown away
        return;
      }
      const found = literalAt(value, position);
      if (found === undefined) return;
      tally.n++;
      if (known === undefined || isLater(found, known) === (fn === 'latest')) tally[fn] = found;
    },
    judge(tally) {
      const found = tally[fn];
      if (found === undefined || tally.n < minCount) return NO_DATA;
      return judgement(holds(op, found.value, wanted), text(found.value));
    },
  };
}

function isScalar(value: JsonValue | undefined): value is Literal {
  return value !== undefined && (value === null || typeof value !== 'object');
}

/** Longer texts cannot be compared with a literal of the schema, and would not fit an item. */
const MAX_LATEST = 1024;

function literalAt(value: JsonValue | undefined, { at, interval, file, row }: Position): Latest | undefined {
  if (!isScalar(value)) return undefined;
  return { value: typeof value === 'string' ? value.slice(0, MAX_LATEST + 1) : value, at, interval, file, row };
}

function compileRatio(
  { numerator, denominator, compare: { op, value: wanted }, minDenominator }: Extract<Signal, { kind: 'ratio' }>,
  recover: NumericCompare | undefined,
): CompiledSignal {
  const [above, below] = [shareOf(numerator), shareOf(denominator)];
  const least = decimalOf(minDenominator) ?? ZERO;
  // sum/of against the limit without dividing: exact, as the denominator is positive
  const against: Against = (limit) => (tally) => compare(tally.sum ?? ZERO, multiply(limit, tally.of ?? ZERO));
  const breaches = thresholdOf(op, wanted, against);
  return {
    extreme: 'max',
    threshold: `${shareName(numerator)} / ${shareName(denominator)} ${symbols[op]} ${wanted}`,
    historyLength: 0,
    add(tally, record) {
      const [top, bottom] = [above(record), below(record)];
      if (top === undefined && bottom === undefined) return;
      tally.n++;
      if (top !== undefined) addToSum(tally, top);
      if (bottom !== undefined) tally.of = tally.of === undefined ? bottom : decimalSum(tally.of, bottom);
    },
    judge(tally) {
      const { sum = ZERO, of = ZERO } = tally;
      if (of.units <= 0n || compare(of, least) < 0) return NO_DATA;
      const share = rounded(toNumber(sum) / toNumber(of));
      return judgement(breaches(tally), String(share), share);
    },
    ...holdsOn(recover, against),
  };
}

const ONE: Decimal = { units: 1n, scale: 0 };

/** What a record adds to one side of a ratio. */
function shareOf(share: Share): (record: JsonObject) => Decimal | undefined {
  const wanted = share.where === undefined ? () => true : compileWhere(share.where);
  if (share.fn === 'count') return (record) => (wanted(record) ? ONE : undefined);
  const read = readerOf(share.path);
  return (record) => (wanted(record) ? decimalOf(read(record)) : undefined);
}

function shareName(share: Share): string {
  const of = share.fn === 'count' ? 'count' : `sum(${share.path})`;
  return share.where === undefined ? of : `${of} where …`;
}

function compileSchema(
  signal: Extract<Signal, { kind: 'schema' }>,
  recover: NumericCompare | undefined,
): CompiledSignal {
  const { op, value: wanted } = signal.compare;
  const required = signal.required.map(({ path, type }) => ({ read: readerOf(path), type }));
  // lacking/n against the limit without dividing: exact
  const against: Against = (limit) => (tally) =>
    compare({ units: BigInt(tally.lacking ?? 0), scale: 0 }, times(limit, signal.as === 'rate' ? tally.n : 1));
  const breaches = thresholdOf(op, wanted, against);
  const lacks = (value: JsonValue | undefined, type: string | undefined) =>
    value === undefined || (type !== undefined && typeOf(value) !== type);
  return {
    extreme: 'max',
    threshold: `${signal.as} of records lacking ${signal.required.map(({ path }) => path).join(', ')} ${symbols[op]} ${wanted}`,
    historyLength: 0,
    add(tally, record) {
      tally.n++;
      const lacking = required.some(({ read, type }) => lacks(read(record), type));
      tally.lacking = (tally.lacking ?? 0) + (lacking ? 1 : 0);
    },
    judge(tally) {
      const { n, lacking = 0 } = tally;
      if (n === 0) return NO_DATA;
      const measured = signal.as === 'rate' ? rounded(lacking / n) : lacking;
      return judgement(breaches(tally), String(measured), measured);
    },
    ...holdsOn(recover, against),
  };
}

function text(value: Literal): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
