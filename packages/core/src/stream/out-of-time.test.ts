/**
 * What becomes of a reading that nobody goes on with when its run nears its end.
 */
import { describe, expect, it } from 'vitest';
import { before, Deadline, MINUTE, SECOND } from '../runtime/index.ts';
import { readPart, readRecords } from './index.ts';

const LINES = 100;

/** A hundred lines, after each of which a second has passed. */
class Passing {
  left: number;

  constructor(left: number) {
    this.left = left;
  }

  readonly remaining = () => this.left;

  async *lines(): AsyncGenerator<Buffer> {
    for (let n = 0; n < LINES; n++) {
      this.left -= SECOND;
      yield Buffer.from(`{"n":${n}}\n`);
    }
  }
}

const handlers = { record: () => undefined, rejected: () => undefined };

describe('a reading', () => {
  it.each([
    ['that has time', 2.5 * MINUTE, 0, undefined],
    ['whose run is too short from its beginning', MINUTE, 0, { code: 'out_of_time', retryable: false }],
    ['that began late in its run', 2.5 * MINUTE, MINUTE, { code: 'out_of_time', retryable: true }],
    ['of a run shorter than the margin, which is half then', 20 * SECOND, 0, { message: /came to record 1\d\b/ }],
  ])('%s', async (_, time, passed, error) => {
    const run = new Passing(time);
    const deadline = new Deadline(run.remaining);
    run.left -= passed;
    const reading = before(deadline, () => readRecords(run.lines(), handlers));
    if (error === undefined) expect((await reading).read).toBe(LINES);
    else if ('message' in error) await expect(reading).rejects.toThrow(error.message);
    else await expect(reading).rejects.toMatchObject(error);
  });

  it('says how to have the file read', async () => {
    const run = new Passing(MINUTE);
    const reading = before(new Deadline(run.remaining), () => readRecords(run.lines(), handlers));
    await expect(reading).rejects.toThrow(/Raise the timeout or the memory .*workflows\.ts/);
  });

  it('that another run goes on with is stopped instead', async () => {
    const run = new Passing(MINUTE);
    const deadline = new Deadline(run.remaining);
    const due = () => deadline.nears();
    const { stoppedAt } = await before(deadline, () => readPart(run.lines(), handlers, { due }));
    expect(stoppedAt?.accepted).toBeGreaterThan(10);
  });

  it('outside of a run has all the time it needs', async () => {
    const run = new Passing(0);
    expect((await readRecords(run.lines(), handlers)).read).toBe(LINES);
  });
});
