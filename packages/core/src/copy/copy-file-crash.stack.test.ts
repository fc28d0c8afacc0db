/**
 * A file copied into every kind of sink by a run that is cut off at any write and repeated: it leaves what an undisturbed one
 * leaves.
 */
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StreamFile } from '../event/index.ts';
import { begin, count, deliver, delivered, forget, leftBy, line, put, RECORDS, taken } from './test/receivers.ts';

vi.hoisted(() => {
  process.env.SST_RESOURCE_KeenWriteKey = JSON.stringify({ value: 'write-key' });
  process.env.SST_RESOURCE_HookSecret = JSON.stringify({ value: 'hook-secret' });
});

afterAll(() => line.close());
beforeEach(begin);

/** Events Keen has taken in chunks that nobody remembers. */
async function unremembered(file: StreamFile): Promise<string[]> {
  const { chunks } = await leftBy(file);
  const remembered = new Set(chunks.filter(({ copy }) => copy === 'keen').map(({ chunk }) => chunk));
  return [...taken.keys()].filter((n) => !remembered.has(Math.floor(Number(n) / 10)));
}

/** Records Firehose has taken in chunks that nobody remembers. */
async function unrememberedByFirehose(file: StreamFile): Promise<string[]> {
  const { chunks } = await leftBy(file);
  return chunks.some(({ copy }) => copy === 'stream') ? [] : delivered.toSorted();
}

/** Those there more than once. */
function repeated(all: readonly string[]): string[] {
  return all.filter((one, index) => all.indexOf(one) !== index).toSorted();
}

describe('cut off at any write and delivered again', () => {
  it.each([
    ['before it arrives', false],
    ['before its answer', true],
  ])(
    '%s: leaves what an undisturbed run leaves, and sends nothing again that is remembered',
    async (_, lastArrives) => {
      const file = await put();
      await deliver(file);
      const undisturbed = await leftBy(file);
      const windows: string[][] = [];
      let writes: readonly string[] = [];
      for (let cut = 0; ; cut++) {
        await forget(file);
        line.cutAfter(cut, lastArrives);
        const whole = await deliver(file).then(
          () => true,
          () => false,
        );
        writes = line.writes;
        line.mend();
        if (whole) break;
        const window = await unremembered(file);
        const firehoseWindow = await unrememberedByFirehose(file);
        await deliver(file);
        expect(await leftBy(file)).toEqual(undisturbed);
        // The window that is left: Keen took a chunk and nobody lived to remember it. Those events, and no others, are there twice.
        expect([...taken].flatMap(([n, times]) => (times === 1 ? [] : [n]))).toEqual(window);
        expect(Math.max(...taken.values())).toBeLessThanOrEqual(2);
        expect(window.length).toBeLessThanOrEqual(10);
        expect(new Set(delivered).size).toBe(RECORDS);
        expect(repeated(delivered)).toEqual(firehoseWindow);
        windows.push(window);
      }
      const tally = new Map<string, number>();
      for (const write of writes) count(tally, write);
      // Of DynamoDB, each of 8 chunks remembered and the file marked done; of S3, two files and the quarantine; of the bus,
      // three requests for records, one for the quarantine and one for the files.
      expect(Object.fromEntries(tally)).toEqual({ keen: 4, hook: 2, firehose: 4, DYNAMODB: 9, S3: 3, EVENTBRIDGE: 5 });
      expect(windows.filter((window) => window.length === 0).length).toBeGreaterThan(8);
      expect(windows.filter((window) => window.length > 0).length).toBeGreaterThanOrEqual(4);
    },
  );
});
