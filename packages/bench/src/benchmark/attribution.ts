/**
 * `attribution`: the scan of a touch file for the visitors of a file of conversions, who have one line in a hundred, against
 * the floor of the reader; with its filter on bytes, and with every line parsed.
 */
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { defineAttributions, scanTouches } from '@millrace/core/attribution';
import { keen } from '@millrace/core/stream';
import type { Benchmark, Case, Group } from '../measure.ts';
import { pageviews } from '../records.ts';
import { chunks, floor } from './stream.ts';

const RECORDS = 100_000;
/** `pageviews` has 5,000 visitors. */
const ONE_PERCENT = 50;

export const attribution: Benchmark = { name: 'attribution', groups: [group] };

const [declared] = defineAttributions([
  {
    name: 'bench',
    project: 'shop',
    conversions: { collection: 'purchases', visitor: 'visitor.id', value: 'order.total', currency: 'order.currency' },
    touches: { collections: ['pageviews'], visitor: 'visitor.id' },
    models: ['last'],
    ownDomains: ['shop.example'],
  },
]);

function group(): Group {
  const file = gzipSync(pageviews(RECORDS, 'A product'));
  const body = () => Readable.from(chunks(file));
  const visitors = Array.from({ length: ONE_PERCENT }, (_, n) => `v-${n * 100}`);
  return {
    input: '',
    floor: floor(body),
    cases: {
      'lookback 1%': scan(body, visitors),
      // JSON may write a slash in two ways, so one visitor who has one makes every line be parsed
      'lookback 1% parsed': scan(body, [...visitors, 'a/b']),
    },
  };
}

function scan(body: () => Readable, visitors: readonly string[]): Case {
  return async () => {
    if (declared === undefined) throw new Error('declared above');
    let touches = 0;
    const place = { collection: 'pageviews', key: 'k', first: 0 };
    await scanTouches(
      body(),
      new Set(visitors),
      place,
      { attribution: declared, layout: keen() },
      () => void touches++,
    );
    if (touches < RECORDS / 200 || touches > RECORDS / 50)
      throw new RangeError(`${touches} touches are not one percent`);
    return RECORDS;
  };
}
