/**
 * Conditional writes, where a condition that does not hold is an answer and no error.
 */
import { isConditionFailure } from '../../table/index.ts';

/** What the write returned; undefined where its condition did not hold. */
export async function unlessConditionFails<T extends object>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write;
  } catch (caught) {
    if (isConditionFailure(caught)) return undefined;
    throw caught;
  }
}
