import { afterEach, expect, it, vi } from 'vitest';
import { countFile } from './metric.ts';
import { followTrace, traced } from './trace.ts';

const file = { workflow: 'copier', records: 1203, quarantined: 1, bytes: 4096, lag: 2500, project: 'shop' };

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** What a call leaves in the log, parsed. */
function logged(call: () => void): unknown[] {
  const lines: unknown[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    if (typeof line === 'string' && line.startsWith('{')) lines.push(JSON.parse(line));
    return true;
  });
  call();
  vi.restoreAllMocks();
  return lines;
}

it('writes what CloudWatch counts, by workflow, and which file it was', () => {
  vi.stubEnv('MILLRACE_METRICS_NAMESPACE', 'Millrace/production');
  const [line] = logged(() => countFile({ ...file, collection: 'purchases' }));
  expect(line).toEqual({
    _aws: {
      Timestamp: expect.any(Number),
      CloudWatchMetrics: [
        {
          Namespace: 'Millrace/production',
          Dimensions: [['service']],
          Metrics: [
            { Name: 'Files', Unit: 'Count' },
            { Name: 'Records', Unit: 'Count' },
            { Name: 'Quarantined', Unit: 'Count' },
            { Name: 'Bytes', Unit: 'Bytes' },
            { Name: 'Lag', Unit: 'Milliseconds' },
          ],
        },
      ],
    },
    service: 'copier',
    ...{ Files: 1, Records: 1203, Quarantined: 1, Bytes: 4096, Lag: 2500 },
    ...{ project: 'shop', collection: 'purchases' },
  });
});

it('says which trace the file is of', async () => {
  vi.stubEnv('MILLRACE_METRICS_NAMESPACE', 'Millrace/production');
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  await traced('message', async () => {
    followTrace('trc_1');
    countFile(file);
    return true;
  });
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ service: 'copier', traceId: 'trc_1' }]);
});

it('writes nothing where nobody counts', () => {
  expect(logged(() => countFile(file))).toEqual([]);
});
