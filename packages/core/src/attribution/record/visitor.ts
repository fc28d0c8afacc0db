/**
 * Who a record is of.
 */
import type { JsonValue } from '../../stream/index.ts';

/** Longer text is nobody's id; items of the table hold several. */
const MAX_LENGTH = 1024;

/**
 * The visitor's id: text of 1 to 1,024 characters, or a whole number as its decimal text; undefined for anything else.
 */
export function visitorId(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string' && value !== '' && value.length <= MAX_LENGTH) return value;
  return Number.isSafeInteger(value) ? String(value) : undefined;
}
