/**
 * What every step of an enrichment has in common: it changes a record in place, and what it cannot do it notes and
 * leaves as it was.
 */
import * as z from 'zod';

/** Why a step left a value as it was. */
export type FailureReason =
  | 'not_found' // a lookup table has no such id
  | 'not_an_id' // neither text nor a number
  | 'not_a_number'
  | 'not_a_boolean'
  | 'not_a_time'
  | 'not_json' // a function of the pipeline's returned something JSON cannot hold
  | 'function_failed' // a function of the pipeline's threw
  | 'path_blocked' // the way to the output leads through something that is no object
  | 'nesting_too_deep';

/** Notes a failure; `path` is where, in the record. */
export type Note = (path: string, reason: FailureReason) => void;

/** What becomes of a record when a step fails on it: it goes on with a note, or its line is quarantined. */
export const OnFailure = z.enum(['note', 'quarantine']).default('note');
export type OnFailure = z.output<typeof OnFailure>;
