/**
 * Telling DynamoDB's failures apart. ElectroDB reports a failed condition and throttling with one code (4001): only the
 * name of the cause says which.
 */
import { nameOf } from '../runtime/index.ts';

/** Whether a write was refused because its condition did not hold, by the SDK's error or ElectroDB's around it. */
export function isConditionFailure(caught: unknown): boolean {
  for (let error = caught; error instanceof Error; error = error.cause) {
    if (nameOf(error) === 'ConditionalCheckFailedException') return true;
  }
  return false;
}
