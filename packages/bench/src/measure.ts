/**
 * How cases are measured against a floor: in one process, turn by turn, so that whatever else the machine does meets all
 * of them alike.
 */

/** Does the work once; returns how many records it worked. */
export type Case = () => Promise<number>;

/** A floor, and the cases over the same input that are held against it. */
export interface Group {
  /** Names the input; the floor's own line is `<input>-floor`. Empty where there is just one. */
  readonly input: string;
  readonly floor: Case;
  readonly cases: Readonly<Record<string, Case>>;
}

export interface Benchmark {
  readonly name: string;
  /** One group at a time is made and kept. */
  readonly groups: readonly (() => Group)[];
  /** Measured in a way of its own, after the groups. */
  readonly beside?: () => AsyncGenerator<Result>;
}

export interface Result {
  readonly bench: string;
  readonly case: string;
  /** Of the best round. */
  readonly recordsPerSecond: number;
  /** Speed as a share of the floor's in the same round; the median of all rounds. */
  readonly floorRatio: number;
  /** Resident memory of the whole process while the case ran, its input included. */
  readonly peakRssMb: number;
}

/** The first two warm the code up and are not counted. */
const ROUNDS = 11;
const WARM_UP = 2;

export async function* measure({ name, groups, beside }: Benchmark): AsyncGenerator<Result> {
  for (const make of groups) {
    const { input, floor, cases } = make();
    const all = Object.entries({ floor, ...cases });
    const speeds = new Map(all.map(([label]) => [label, [] as number[]]));
    const peaks = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      for (const [label, run] of all) {
        const { speed, peak } = await once(run);
        if (round >= WARM_UP) speeds.get(label)?.push(speed);
        peaks.set(label, Math.max(peak, peaks.get(label) ?? 0));
      }
    }
    const floorSpeeds = speeds.get('floor') ?? [];
    for (const [label, own] of speeds) {
      const ratios = own.map((speed, round) => speed / (floorSpeeds[round] ?? Number.NaN));
      yield {
        bench: name,
        case: input === '' ? label : `${input}-${label}`,
        recordsPerSecond: Math.round(Math.max(...own)),
        floorRatio: Math.round(median(ratios) * 1000) / 1000,
        peakRssMb: Math.round((peaks.get(label) ?? 0) / 1024 / 1024),
      };
    }
  }
  if (beside !== undefined) yield* beside();
}

/** Records a second, and the most resident memory seen, bytes. */
async function once(run: Case): Promise<{ speed: number; peak: number }> {
  let peak = process.memoryUsage.rss();
  const sampler = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 5);
  const start = performance.now();
  const records = await run();
  const seconds = (performance.now() - start) / 1000;
  clearInterval(sampler);
  return { speed: records / seconds, peak };
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
