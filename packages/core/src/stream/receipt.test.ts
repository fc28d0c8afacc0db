import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../runtime/index.ts';
import { type Arrival, settledThrough } from './receipt.ts';

const LENGTH = 5 * MINUTE;
const IDLE = 10 * MINUTE;
const pace = { intervalLength: LENGTH, idleTimeout: IDLE };
const BASE = Date.UTC(2026, 2, 2, 9);

/** Minutes after 09:00. */
const at = (minutes: number) => BASE + minutes * MINUTE;
const arrival = ([interval, receivedAt]: readonly [number, number]): Arrival => ({
  interval: at(interval),
  receivedAt: at(receivedAt),
});

describe('settledThrough', () => {
  type Case = [
    name: string,
    from: number | undefined,
    arrivals: [number, number][],
    now: number,
    settled: number | undefined,
  ];
  const cases: Case[] = [
    ['a new stream without files', undefined, [], 100, undefined],
    ['a new stream, not idleTimeout old', undefined, [[0, 6]], 15, undefined],
    ['a new stream, idleTimeout old', undefined, [[0, 6]], 16, 5],
    [
      'a new stream, its second file first',
      undefined,
      [
        [0, 8],
        [5, 6],
      ],
      16,
      10,
    ],
    ['the next file', 5, [[5, 11]], 11, 10],
    ['the next file before its interval ended', 5, [[5, 6]], 6, 10],
    [
      'several in a row',
      5,
      [
        [5, 11],
        [10, 16],
        [15, 21],
      ],
      21,
      20,
    ],
    [
      'two files of one interval',
      5,
      [
        [5, 11],
        [5, 12],
        [10, 16],
      ],
      16,
      15,
    ],
    ['the last file once more', 5, [[0, 12]], 12, 5],
    ['a gap, young', 5, [[10, 16]], 25, 5],
    ['a gap, idleTimeout after the first file behind it', 5, [[10, 16]], 26, 25 - 10],
    ['a gap of two, both over long enough', 5, [[15, 16]], 26, 20],
    ['a gap of two, of which one is over long enough', 5, [[15, 12]], 24, 10],
    [
      'a gap closed, the one behind it still young',
      5,
      [
        [10, 16],
        [20, 26],
      ],
      26,
      15,
    ],
    [
      'a gap of a replay, files behind it still coming',
      5,
      [
        [10, 1000],
        [15, 1009],
      ],
      1009,
      5,
    ],
    [
      'a gap of a replay, closed while it goes on',
      5,
      [
        [10, 1000],
        [15, 1009],
      ],
      1010,
      20,
    ],
    ['silence, young', 5, [[0, 6]], 15, 5],
    ['silence: what is idleTimeout over', 5, [[0, 6]], 20, 10],
    ['silence after a file that came late', 5, [[0, 300]], 309, 5],
    ['silence after a file that came late, long enough', 5, [[0, 300]], 310, 300],
    ['long silence, nothing near the watermark', 5, [], 1000, 990],
    [
      'a file from the future',
      5,
      [
        [5, 11],
        [100_000, 12],
      ],
      13,
      10,
    ],
    ['only a file from the future', undefined, [[100_000, 12]], 1000, undefined],
  ];
  it.each(cases)('%s', (_, from, arrivals, now, settled) => {
    const result = settledThrough(from === undefined ? undefined : at(from), arrivals.map(arrival), {
      ...pace,
      now: at(now),
    });
    expect(result === undefined ? undefined : (result - BASE) / MINUTE).toBe(settled);
  });
});

/** Runs a stream through time as `advanceWatermark` does, with the watermark asked for at every arrival and every minute. */
function live(files: readonly Arrival[], until: number) {
  const times = [...files.map(({ receivedAt }) => receivedAt)];
  for (let time = Math.min(...times); time <= until; time += MINUTE) times.push(time);
  const late: Arrival[] = [];
  const watermarks: number[] = [];
  let watermark: number | undefined;
  let seen: Arrival[] = [];
  for (const now of times.sort((one, other) => one - other)) {
    const before = watermark;
    late.push(
      ...files.filter(
        (file) => file.receivedAt === now && !seen.includes(file) && before !== undefined && file.interval < before,
      ),
    );
    seen = files.filter(({ receivedAt }) => receivedAt <= now);
    const known = seen
      .filter(({ interval }) => watermark === undefined || interval >= watermark - LENGTH)
      .sort((one, other) => one.interval - other.interval);
    watermark = settledThrough(watermark, known, { ...pace, now });
    if (watermark !== undefined) watermarks.push(watermark);
  }
  return { late, watermarks };
}

describe('a stream through time', () => {
  const present = fc.array(fc.boolean(), { minLength: 1, maxLength: 20 });
  const jitter = (most: number) => fc.array(fc.integer({ min: 0, max: most }), { minLength: 20, maxLength: 20 });

  const check = (files: Arrival[]) => {
    fc.pre(files.length > 0);
    const end = Math.max(...files.flatMap(({ interval, receivedAt }) => [interval + LENGTH, receivedAt])) + IDLE;
    const { late, watermarks } = live(files, end + LENGTH);
    expect(late).toEqual([]);
    expect(watermarks).toEqual([...watermarks].sort((one, other) => one - other));
    expect(watermarks.at(-1)).toBeGreaterThanOrEqual(Math.max(...files.map(({ interval }) => interval + LENGTH)));
  };

  it('live, with gaps: a file that comes within idleTimeout of its end is never late', () => {
    fc.assert(
      fc.property(present, jitter(IDLE - 1), (there, delays) => {
        check(
          there.flatMap((is, n) =>
            is ? [{ interval: BASE + n * LENGTH, receivedAt: BASE + (n + 1) * LENGTH + (delays[n] ?? 0) }] : [],
          ),
        );
      }),
    );
  });

  it('replayed slowly, nearly in order: no file is late while the stream is not quiet', () => {
    fc.assert(
      fc.property(present, jitter(IDLE / 2 - 1), fc.integer({ min: 1, max: IDLE / 2 }), (there, delays, step) => {
        const files = there.filter((is) => is).map((_, n) => n);
        check(
          files.map((n) => ({
            interval: BASE + n * LENGTH,
            receivedAt: BASE + 1000 * LENGTH + n * step + (delays[n] ?? 0),
          })),
        );
      }),
    );
  });

  it('replayed at once, shuffled, with gaps: no file is late', () => {
    fc.assert(
      fc.property(present, jitter(IDLE - 1), (there, delays) => {
        check(
          there.flatMap((is, n) =>
            is ? [{ interval: BASE + n * LENGTH, receivedAt: BASE + 1000 * LENGTH + (delays[n] ?? 0) }] : [],
          ),
        );
      }),
    );
  });

  it('is never below the watermark so far, and the same however often a file is delivered', () => {
    const minutes = fc.integer({ min: 0, max: 120 });
    const arrivals = fc.array(
      fc.tuple(
        minutes.map((n) => n - (n % 5)),
        minutes,
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(fc.option(minutes, { nil: undefined }), arrivals, minutes, (from, files, now) => {
        const sorted = files.map(arrival).sort((one, other) => one.interval - other.interval);
        const start = from === undefined ? undefined : at(from - (from % 5));
        const known = sorted.filter(({ interval }) => start === undefined || interval >= start - LENGTH);
        const result = settledThrough(start, known, { ...pace, now: at(now) });
        if (start !== undefined) expect(result).toBeGreaterThanOrEqual(start);
        const twice = known.flatMap((file) => [file, file]);
        expect(settledThrough(start, twice, { ...pace, now: at(now) })).toBe(result);
      }),
    );
  });
});
