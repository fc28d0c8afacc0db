/**
 * Asking in batches about ids of which some may be bad: these keep no others from being answered.
 */
import { MillraceError } from '../../runtime/index.ts';
import type { Answers } from '../step/step.ts';

/** Asks once. @throws where nobody answers. */
export type Ask = (ids: readonly string[]) => Promise<ReadonlyMap<string, string> | IdsRefused>;

/** Whoever was asked takes at least one of the ids for none. */
export class IdsRefused extends MillraceError {
  constructor(message: string) {
    super('ids_refused', message);
  }
}

/** Requests that a batch may cost beside the first: two or three bad ids of 100 are found with them. */
const SPARE = 32;

/**
 * What there is for ids, asked for in batches, some at once. A batch that is refused is asked for in halves, these in halves,
 * until 33 requests were made for it: a single id that is refused is not known, those of what is still refused then
 * failed.
 * @throws the last failure where all ids failed.
 */
export async function askInBatches(
  ids: readonly string[],
  size: number,
  concurrency: number,
  ask: Ask,
): Promise<Answers> {
  const batches = Array.from({ length: Math.ceil(ids.length / size) }, (_, n) => ids.slice(n * size, (n + 1) * size));
  const waiting = batches.values();
  const found = new Map<string, string>();
  const failed = new Set<string>();
  let failure: unknown;
  const settle: Settle = {
    answered: (answer) => {
      for (const [id, json] of answer) found.set(id, json);
    },
    failed: (part, why) => {
      failure = why;
      for (const id of part) failed.add(id);
    },
  };
  const worker = async () => {
    for (const batch of waiting) await askOne(batch, ask, settle);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, batches.length) }, worker));
  if (failed.size === ids.length) throw failure;
  return { found, failed };
}

/** Hears what becomes of ids; those it hears nothing of are not known. */
interface Settle {
  answered(answer: ReadonlyMap<string, string>): void;
  failed(ids: readonly string[], why: unknown): void;
}

async function askOne(batch: readonly string[], ask: Ask, settle: Settle): Promise<void> {
  const parts: { ids: readonly string[]; refusal?: IdsRefused }[] = [{ ids: batch }];
  let requests = 0;
  for (const { ids, refusal } of parts) {
    if (requests > SPARE) {
      settle.failed(ids, refusal);
      continue;
    }
    requests += 1;
    try {
      const answer = await ask(ids);
      if (!(answer instanceof IdsRefused)) settle.answered(answer);
      else if (ids.length > 1) {
        const half = Math.ceil(ids.length / 2);
        for (const part of [ids.slice(0, half), ids.slice(half)]) parts.push({ ids: part, refusal: answer }); // their turn comes, after larger ones
      }
    } catch (caught) {
      settle.failed(ids, caught);
    }
  }
}
