/**
 * `pnpm bench [NAME…] [--json]`: runs the benchmarks named, or all. With `--json`, one line a case.
 */
import { parseArgs } from 'node:util';
import { copy } from './benchmark/copy.ts';
import { stream } from './benchmark/stream.ts';
import { type Benchmark, measure } from './measure.ts';

const benchmarks: readonly Benchmark[] = [stream, copy];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});

const unknown = positionals.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name));
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(', ')}; there is: ${benchmarks.map(({ name }) => name).join(', ')}`);
  process.exit(1);
}

for (const benchmark of benchmarks) {
  if (positionals.length > 0 && !positionals.includes(benchmark.name)) continue;
  for await (const result of measure(benchmark)) {
    if (values.json) console.log(JSON.stringify(result));
    else {
      const { bench, case: name, recordsPerSecond, floorRatio, peakRssMb } = result;
      const speed = `${recordsPerSecond.toLocaleString('en')} records/s`.padStart(20);
      console.log(
        `${bench} ${name.padEnd(24)} ${speed}  ${floorRatio.toFixed(2)} of the floor  ${peakRssMb} MB at most`,
      );
    }
  }
}
