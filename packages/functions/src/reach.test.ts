import { QUARANTINE_PREFIX } from '@millrace/core/event';
import { quarantineKey } from '@millrace/core/stream';
import { describe, expect, it } from 'vitest';
import { copies } from '../../pipeline/src/copies.ts';
import { reach } from '../../pipeline/src/reach.ts';
import { streams } from '../../pipeline/src/streams.ts';
import { workflows } from './workflows.ts';

const copier = workflows.find(({ name }) => name === 'copier');
const named: Readonly<Record<string, readonly string[]>> = reach;

describe('what is declared is within reach; see packages/pipeline/src/reach.ts', () => {
  it('sources of streams', () => {
    const buckets = streams.sources.flatMap(({ bucket }) => bucket ?? []);
    expect(named.sourceBuckets).toEqual(expect.arrayContaining(buckets));
  });

  it.each(copies.map((copy) => [copy.name, copy] as const))('copy %s', (_, { sink }) => {
    const { buckets = [], roles = [], deliveryStreams = [] } = copier?.reach ?? {};
    if (sink.kind === 'firehose') expect(deliveryStreams).toContain(sink.stream);
    if (sink.kind !== 's3') return;
    if (sink.role !== undefined) expect(roles).toContain(sink.role);
    else if (sink.bucket !== undefined) expect(buckets).toContain(sink.bucket);
  });
});

it('quarantine lies where it may be written', () => {
  expect(quarantineKey('copier', 'x')).toMatch(new RegExp(`^${QUARANTINE_PREFIX}copier/`));
});
