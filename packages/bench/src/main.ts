/**
 * `pnpm bench [NAME…] [--json]`: runs the benchmarks named, or all. With `--json`, one line a case.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { CostResult } from './attribution-cost.ts';
import type { Benchmark } from './measure.ts';
import type { WritesResult } from './rule-writes.ts';

/** Held against a floor. Loaded when run: what they import reads its links once, and `alert` sets them. */
const benchmarks: Readonly<Record<string, () => Promise<Benchmark>>> = {
  stream: async () => (await import('./benchmark/stream.ts')).stream,
  copy: async () => (await import('./benchmark/copy.ts')).copy,
  enrich: async () => (await import('./benchmark/enrich.ts')).enrich,
  rules: async () => (await import('./benchmark/rules.ts')).rules,
  attribution: async () => (await import('./benchmark/attribution.ts')).attribution,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});

const names = ['alert', 'backlog', ...Object.keys(benchmarks), 'bundle'];
const unknown = positionals.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(', ')}; there is: ${names.join(', ')}`);
  process.exit(1);
}
const wanted = (name: string) => positionals.length === 0 || positionals.includes(name);

if (wanted('alert')) {
  const { benchAlert } = await import('./alert.ts');
  const result = await benchAlert();
  const { alerts, p50, p95, max } = result;
  const text = `alert: ${alerts} from put to Slack: p50 ${p50} ms, p95 ${p95} ms, slowest ${max} ms`;
  console.log(values.json ? JSON.stringify(result) : text);
}

if (wanted('backlog')) {
  const { benchBacklog } = await import('./backlog.ts');
  for await (const result of benchBacklog()) {
    const { case: name, reads, writes, requests, scans, perSecond } = result;
    const text = `backlog ${name}: each ${reads} read and ${writes} write units in ${requests} requests, ${scans} scans; ${perSecond}/s`;
    console.log(values.json ? JSON.stringify(result) : text);
  }
}

const { measure } = await import('./measure.ts');
for (const [name, load] of Object.entries(benchmarks)) {
  if (!wanted(name)) continue;
  for await (const result of measure(await load())) {
    if (values.json) console.log(JSON.stringify(result));
    else {
      const { bench, case: one, recordsPerSecond, floorRatio, peakRssMb } = result;
      const speed = `${recordsPerSecond.toLocaleString('en')} records/s`.padStart(20);
      console.log(
        `${bench} ${one.padEnd(24)} ${speed}  ${floorRatio.toFixed(2)} of the floor  ${peakRssMb} MB at most`,
      );
    }
  }
}

if (wanted('rules')) {
  const program = fileURLToPath(new URL('./rule-writes.ts', import.meta.url));
  const out = execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', program], { encoding: 'utf8' });
  const line = out.trimEnd().split('\n').at(-1) ?? ''; // after what is logged
  const { records, itemsPerMillion, unitsPerMillion } = JSON.parse(line) as WritesResult; // its own form
  const [items, units, of] = [itemsPerMillion, unitsPerMillion, records].map((n) => n.toLocaleString('en'));
  const text = `rules table writes: ${items} items, ${units} write units per million records of the samples (which have ${of})`;
  console.log(values.json ? line : text);
}

if (wanted('attribution')) {
  const program = fileURLToPath(new URL('./attribution-cost.ts', import.meta.url));
  const lines = execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    encoding: 'utf8',
  });
  for (const line of lines.trimEnd().split('\n')) {
    const result = JSON.parse(line) as CostResult; // its own form
    const asked = Object.entries(result.requests).map(([kind, count]) => `${kind} ${count.toLocaleString('en')}`);
    const text = `attribution ${result.case.padEnd(24)} $${result.dollars.toFixed(2)} of requests: ${asked.join(', ')}`;
    console.log(values.json ? line : text);
  }
}

if (wanted('bundle')) {
  const { bundle } = await import('./benchmark/bundle.ts');
  for await (const result of bundle()) {
    const { case: name, bytes, initMs, medianMs, worstMs, cpuMs } = result;
    const size = `${Math.round(bytes / 1024).toLocaleString('en')} KB`.padStart(8);
    const [init, median, worst, cpu] = [initMs, medianMs, worstMs, cpuMs].map((ms) => ms.toFixed(0).padStart(4));
    const text = `bundle ${name.padEnd(12)} ${size}  ${init} ms to load; median ${median}, worst ${worst}; ${cpu} computing`;
    console.log(values.json ? JSON.stringify(result) : text);
  }
}
