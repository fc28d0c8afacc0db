/**
 * For tests: the line to bucket, table and bus. A run can be held at a request, as a slow one is, and killed at any write.
 */
import { EventEmitter, once } from 'node:events';
import { afterAll, beforeEach, expect } from 'vitest';
import { type Arrived, SeverableLine } from '../../stream/test/index.ts';
import { leftBehind, reset } from './left-behind.ts';

/** A line for the tests of a file. It is whole, and bucket and table are empty, before each. */
export async function openLine(arrived?: (one: Arrived) => void): Promise<SeverableLine> {
  const line = new SeverableLine();
  await line.open(arrived);
  afterAll(() => line.close());
  beforeEach(async () => {
    line.mend();
    line.before = () => undefined;
    await reset();
  });
  return line;
}

/**
 * Holds the nth of some requests until what is returned is called; `reached` says that it waits.
 * @param which as in `PUT /bucket/key` or, of the table, `BatchWriteItem`.
 */
export function hold(line: SeverableLine, which: RegExp, nth: number) {
  const gate = new EventEmitter();
  const reached = once(gate, 'reached');
  const resumed = once(gate, 'resumed');
  let count = 0;
  line.before = ({ method, url, headers }) => {
    if (!which.test(`${method} ${url} ${headers['x-amz-target']}`) || ++count !== nth) return undefined;
    gate.emit('reached');
    return resumed;
  };
  return Object.assign(() => gate.emit('resumed'), { reached });
}

/**
 * Kills a run at each of its writes in turn, before or after that arrives, and does it again: what is left behind has to
 * be the same as where it was not killed.
 * @param prepare makes bucket and table what they are before the run; they are empty when it is called.
 */
export async function killAnywhere<T>(
  line: SeverableLine,
  prepare: () => Promise<T>,
  run: (prepared: T) => Promise<unknown>,
): Promise<void> {
  await reset();
  await run(await prepare());
  const expected = await leftBehind();
  let cuts = 0;
  for (let whole = false; !whole; cuts++) {
    await reset();
    const prepared = await prepare();
    line.cutAfter(cuts, cuts % 2 === 1);
    whole = await run(prepared).then(
      () => true,
      () => false,
    );
    line.mend();
    await run(prepared);
    expect(await leftBehind()).toEqual(expected);
  }
  expect(cuts).toBeGreaterThan(5);
}
