/**
 * Runs steps over one record, as the enricher does over those of a file.
 */
import type { JsonObject } from '../../stream/index.ts';
import { Snapshots } from '../snapshot/index.ts';
import type { FileScope } from '../step/step.ts';
import { begin, compileSteps, complete, openPlan, Steps } from '../steps.ts';

export const scope: FileScope = {
  file: {
    ...{ bucket: 'b', key: 'k', size: 1, etag: 'e', project: 'shop', collection: 'purchases', writtenBy: 'producer' },
    ...{ interval: '2026-03-02T09:00:00.000Z', intervalLength: 300_000, receivedAt: '2026-03-02T09:05:00.000Z' },
  },
  /** Each time another file's. */
  get snapshots() {
    return new Snapshots();
  },
};

/** The record as JSON after the steps, and what they noted: `path reason`. */
export async function runSteps(steps: readonly object[], json: string, within: FileScope = scope) {
  const plan = await openPlan(compileSteps(Steps.parse(steps), 'shop'), within);
  const draft = begin(plan, JSON.parse(json) as JsonObject);
  await complete(plan, [draft], { lookups: 0, misses: 0 });
  const notes = draft.failures.map(({ path, reason }) => `${path} ${reason}`);
  return { json: JSON.stringify(draft.record), record: draft.record, notes, rejection: draft.rejection };
}

/** What a step with `at: 'in'` and `into: 'out'` makes of a value, and what it notes. */
export async function made(step: object, value: unknown, beside: object = {}) {
  const { record, notes } = await runSteps(
    [{ at: 'in', into: 'out', ...step }],
    JSON.stringify({ in: value, ...beside }),
  );
  return { out: record.out, notes };
}
