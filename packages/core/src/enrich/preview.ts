/**
 * What enrichments would make of a file, told record by record and written nowhere.
 */
import { copyOf } from '../change/index.ts';
import type { StreamFile } from '../event/index.ts';
import { type FileCounts, type JsonObject, type Rejection, readRecords } from '../stream/index.ts';
import type { Enrichment } from './declaration.ts';
import { Snapshots } from './snapshot/index.ts';
import type { Finder } from './step/step.ts';
import { begin, complete, type Draft, type OpenPlan, openPlan, toJson } from './steps.ts';

/** One record, before and after one enrichment. */
export interface Preview {
  readonly enrichment: string;
  readonly line: number;
  readonly before: JsonObject;
  /** Where the line would go into quarantine: why. */
  readonly after: JsonObject | Rejection;
  readonly rejected: boolean;
}

/** Records that wait to be asked about at once. */
const BATCH = 500;

/**
 * Calls `each` with every record and enrichment that selects the file.
 * @param file what the records would come in; only its project, collection and times count.
 * @returns what was read; quarantined are the lines that are no records.
 */
export async function previewEnrichments(
  enrichments: readonly Enrichment[],
  { file, body }: { readonly file: StreamFile; readonly body: AsyncIterable<Uint8Array> },
  each: (preview: Preview) => void,
): Promise<FileCounts> {
  const selected = enrichments.filter((enrichment) => enrichment.selects(file));
  const snapshots = new Snapshots();
  const plans = (await Promise.all(selected.map(({ plan }) => openPlan(plan, { file, snapshots })))).map(undaunted);
  let waiting: { readonly line: number; readonly before: JsonObject }[] = [];
  const settle = async () => {
    const batch = waiting;
    waiting = [];
    for (const [index, { name }] of selected.entries()) await previewBatch(name, plans[index], batch, each);
  };
  const counts = await readRecords(body, {
    record: (before, line) => void waiting.push({ before, line }),
    rejected: () => undefined,
    drained: () => (waiting.length < BATCH ? undefined : settle()),
  });
  await settle();
  return counts;
}

/** Where nobody can be asked, the rest is still worth seeing: what could not be looked up is noted. */
function undaunted(plan: OpenPlan): OpenPlan {
  const batched = plan.batched.map((step) => {
    if (!('question' in step)) return step;
    const { find, wanted } = step.question;
    const asking: Finder = (ids) => find(ids).catch(() => ({ found: new Map<string, string>(), failed: ids }));
    return { ...step, question: { find: asking, wanted } };
  });
  return { ...plan, batched };
}

async function previewBatch(
  enrichment: string,
  plan: OpenPlan | undefined,
  batch: readonly { readonly line: number; readonly before: JsonObject }[],
  each: (preview: Preview) => void,
): Promise<void> {
  if (plan === undefined) return;
  const drafts: Draft[] = batch.map(({ before }) => begin(plan, copyOf(before)));
  await complete(plan, drafts, { lookups: 0, misses: 0 });
  for (const [index, { line, before }] of batch.entries()) {
    const draft = drafts[index];
    if (draft === undefined) continue;
    const rejected = draft.rejection !== undefined;
    const after = draft.rejection ?? (JSON.parse(toJson(draft, enrichment)) as JsonObject); // what it has just written
    each({ enrichment, line, before, after, rejected });
  }
}
