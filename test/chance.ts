/**
 * vitest's set-up of every test file: the chance that properties are tried with is the same in every run, so that what is
 * green stays green until something changes. `MILLRACE_TEST_SEED` takes another: a whole number, or `any` for one of its
 * own, which fast-check prints where a property fails.
 */
import fc from 'fast-check';

const { MILLRACE_TEST_SEED: given = '20260302' } = process.env;
if (given !== 'any') {
  const seed = Number(given);
  if (!Number.isSafeInteger(seed)) {
    throw new Error(`MILLRACE_TEST_SEED is ${JSON.stringify(given)}: give a whole number, or "any"`);
  }
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
}
