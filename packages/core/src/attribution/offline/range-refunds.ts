/**
 * Refunds of a range, by the conversion they are of.
 */
import type { Conversion } from '../conversion.ts';
import { type RefundRecord, refundedOf } from '../refund-record.ts';

export class RangeRefunds {
  readonly #byConversion = new Map<string, RefundRecord[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(refund: RefundRecord): void {
    const others = this.#byConversion.get(refund.conversion);
    if (others === undefined) this.#byConversion.set(refund.conversion, [refund]);
    else others.push(refund);
    this.#size++;
  }

  /** Conversions with what went back taken off: each refund once, of the first conversion of its name that is asked about. */
  takeOff(conversions: readonly Conversion[]): Conversion[] {
    return [...conversions]
      .sort((a, b) => a.time - b.time || a.row - b.row)
      .map((conversion) => {
        const refunded = refundedOf(this.#byConversion.get(conversion.id) ?? [], conversion.currency);
        this.#byConversion.delete(conversion.id);
        const value = conversion.value - refunded;
        return refunded === 0 || !Number.isSafeInteger(value) ? conversion : { ...conversion, value, refunded };
      });
  }
}
