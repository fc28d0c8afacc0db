/**
 * A record of a refunds collection, read as what went back of a conversion's value.
 */
import { type JsonObject, type Layout, type Rejection, valueAt } from '../../stream/index.ts';
import type { Attribution } from '../definition/definition.ts';
import type { Conversion } from './conversion.ts';
import { parseMoney } from './money.ts';
import { recordId } from './record-id.ts';
import { visitorId } from './visitor.ts';

export interface RefundRecord {
  readonly conversion: string;
  /** The refund's own. */
  readonly id: string;
  /** Minor units, not negative. */
  readonly value: number;
  readonly currency: string;
}

/** @returns why it is none; undefined where no refunds are declared. */
export function toRefund(
  record: JsonObject,
  place: { readonly key: string; readonly line: number },
  { refunds }: Pick<Attribution, 'refunds'>,
  layout: Layout,
): RefundRecord | Rejection | undefined {
  if (refunds === undefined) return undefined;
  const conversion = visitorId(valueAt(record, refunds.conversion));
  if (conversion === undefined) {
    return { reason: 'no_conversion', message: `no conversion id at ${refunds.conversion.join('.')}` };
  }
  const money = parseMoney(valueAt(record, refunds.value), valueAt(record, refunds.currency));
  if ('reason' in money) return money;
  if (money.value < 0) return { reason: 'negative_refund', message: 'a refund says what went back, so it is positive' };
  return { conversion, id: recordId(record, place, layout), ...money };
}

/**
 * A conversion with what went back in its currency taken off, each refund once. As it is where nothing went back, or more
 * than 2^53 minor units: that is a mistake.
 */
export function lessRefunds(
  conversion: Conversion,
  refunds: readonly Pick<RefundRecord, 'id' | 'value' | 'currency'>[],
): Conversion {
  const own = refunds.filter(({ currency }) => currency === conversion.currency);
  const once = new Map(own.map(({ id, value }) => [id, BigInt(value)]));
  const sum = [...once.values()].reduce((total, value) => total + value, 0n);
  const [refunded, value] = [Number(sum), Number(BigInt(conversion.value) - sum)];
  if (refunded === 0 || !Number.isSafeInteger(refunded) || !Number.isSafeInteger(value)) return conversion;
  return { ...conversion, value, refunded };
}
