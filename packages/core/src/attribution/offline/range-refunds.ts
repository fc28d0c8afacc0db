/**
 * Refunds of a range, by the conversion they are of.
 */
import type { Conversion } from '../record/conversion.ts';
import { lessRefunds, type RefundRecord } from '../record/refund-record.ts';

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
        const net = lessRefunds(conversion, this.#byConversion.get(conversion.id) ?? []);
        this.#byConversion.delete(conversion.id);
        return net;
      });
  }
}
