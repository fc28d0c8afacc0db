import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { log } from './log.ts';
import { currentTrace, followTrace, traced, tracedByTime } from './trace.ts';

const HEADER = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a:0';

afterEach(() => vi.unstubAllEnvs());

describe('the trace of the work at hand', () => {
  it('is in every log line of it, and in no other', async () => {
    const lines: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    await Promise.all([
      traced('a', async () => {
        followTrace('trc_a');
        await Promise.resolve();
        log.info('of a');
        return true;
      }),
      traced('b', async () => {
        log.info('of b');
        return true;
      }),
    ]);
    followTrace('trc_nobody');
    log.info('of nobody');
    vi.restoreAllMocks();
    const traces = lines.map((line) => JSON.parse(line)).map(({ message, traceId }) => [message, traceId]);
    expect(Object.fromEntries(traces)).toEqual({ 'of a': 'trc_a', 'of b': undefined, 'of nobody': undefined });
    expect(currentTrace()).toBeUndefined();
  });
});

describe('the trace of work that time asks for', () => {
  /** What trace the work is in that is due. */
  async function traceOf(name: string, ...due: (string | number)[]): Promise<string | undefined> {
    let seen: string | undefined;
    await tracedByTime(name, due, async () => {
      seen = currentTrace();
    });
    return seen;
  }

  it('is the same for the same that is due, whoever does it, and another for another', async () => {
    const first = await traceOf('tick', '2026-03-02T09:00:00Z');
    expect(first).toMatch(/^trc_[0-9a-z]{26}$/);
    expect(await traceOf('tick', '2026-03-02T09:00:00Z')).toBe(first);
    expect(await traceOf('tick', '2026-03-02T09:01:00Z')).not.toBe(first);
    expect(await traceOf('finish', '2026-03-02T09:00:00Z')).not.toBe(first);
  });

  it('of a part is its own, and then that of the whole again', async () => {
    await tracedByTime('tick', [1], async () => {
      const whole = currentTrace();
      expect(await traceOf('rule deadline', 'a')).not.toBe(whole);
      expect(currentTrace()).toBe(whole);
    });
  });

  it('does not swallow what the work throws', async () => {
    const work = () => Promise.reject(new Error('for now'));
    await expect(tracedByTime('tick', [1], work)).rejects.toThrow('for now');
  });
});

describe('the part of the X-Ray trace', () => {
  let daemon: Socket;
  beforeEach(async () => {
    daemon = createSocket('udp4').bind(0, '127.0.0.1');
    await once(daemon, 'listening');
    const { port } = daemon.address() as AddressInfo; // a UDP socket has one
    vi.stubEnv('AWS_XRAY_DAEMON_ADDRESS', `127.0.0.1:${port}`);
    vi.stubEnv('_X_AMZN_TRACE_ID', HEADER);
  });
  afterEach(() => daemon.close());

  it.each([true, false])('carries the trace of the bus, and whether it went well (%s)', async (well) => {
    const heard = once(daemon, 'message');
    const result = await traced('stream.file_received', async () => {
      followTrace('trc_1');
      return well;
    });
    expect(result).toBe(well);
    const [datagram] = await heard;
    const [format = '', segment = ''] = String(datagram).split('\n');
    expect(JSON.parse(format)).toEqual({ format: 'json', version: 1 });
    expect(JSON.parse(segment)).toEqual({
      name: 'stream.file_received',
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      trace_id: '1-5759e988-bd862e3fe1be46a994272793',
      parent_id: '53995c3f42cd8ad8',
      type: 'subsegment',
      start_time: expect.any(Number),
      end_time: expect.any(Number),
      fault: !well,
      annotations: { traceId: 'trc_1' },
    });
  });

  it('is a fault where the work throws, which is thrown on', async () => {
    const heard = once(daemon, 'message');
    await expect(traced('tick', () => Promise.reject(new Error('for now')))).rejects.toThrow('for now');
    const [, segment = ''] = String((await heard)[0]).split('\n');
    expect(JSON.parse(segment)).toMatchObject({ name: 'tick', fault: true });
  });

  it.each([
    ['where nobody samples', '_X_AMZN_TRACE_ID', HEADER.replace('Sampled=1', 'Sampled=0')],
    ['outside Lambda', '_X_AMZN_TRACE_ID', ''],
    ['without a daemon', 'AWS_XRAY_DAEMON_ADDRESS', ''],
    ['where the daemon is gone', 'AWS_XRAY_DAEMON_ADDRESS', '127.0.0.1:1'],
  ])('is left out %s', async (_, variable, value) => {
    vi.stubEnv(variable, value);
    let heard = 0;
    daemon.on('message', () => {
      heard += 1;
    });
    expect(await traced('x', async () => true)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(heard).toBe(0);
  });
});
