/**
 * The attributor over real S3, table and bus: what it makes of files of conversions and touches.
 */
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from 'vitest';
import { streamsBucket } from '../../runtime/resource.ts';
import { FileProgress } from '../../stream/index.ts';
import { table } from '../../table/index.ts';
import { credited, items, keysInBucket, reset, rows } from '../test/left-behind.ts';
import {
  at,
  attributor,
  declare,
  declared,
  file,
  fileOf,
  files,
  layout,
  MINUTE,
  overwrite,
  purchase,
  put,
  s3,
  view,
} from '../test/shop.ts';
import { attributeFile } from './attribute-file.ts';

beforeEach(reset);
const { run, deliver } = attributor();

describe('a file of conversions', () => {
  it('gets a row a conversion and model, with what was read and what was not', async () => {
    await deliver(...files);
    const found = await rows(20);
    expect(found?.map((row) => [row.conversion.id, row.model.name])).toEqual([
      ['c3', 'last'],
      ['c3', 'linear'],
    ]);
    expect(found?.[1]).toEqual({
      keen: { id: expect.stringMatching(/^cnv_/), timestamp: at(22) },
      attribution: 'purchases',
      conversion: { id: 'c3', time: at(22), visitor: 'v1', value: 4998, currency: 'EUR' },
      model: { name: 'linear', kind: 'linear' },
      lookback: { click: 20 * MINUTE, view: 20 * MINUTE },
      sessions: { timeout: 30 * MINUTE, newCampaign: true },
      via: 's3',
      revision: 5, // the conversions and four files of touches
      status: 'provisional',
      completeness: {
        expected: 11, // five intervals, and six before them that a visit may have begun in
        read: 4,
        empty: 0,
        missing: [-30, -25, -20, -15, -10, -5, 10].map((minute) => ({
          collection: 'pageviews',
          interval: at(minute),
        })),
      },
      credits: [
        // t1 is 21 minutes before, t9 a minute after
        credit('t3', 6, 'organic_search', 'google', null, 1666),
        credit('t4', 6, 'email', 'mail', 'email', 1666),
        credit('t7', 21, 'organic_search', 'google', null, 1666),
      ],
      unattributed: 0,
    });
  });

  const credit = (
    touch: string,
    time: number,
    channel: string,
    source: string,
    medium: string | null,
    share: number,
  ) => ({
    ...{ touch, kind: 'click', time: at(time), channel, source, medium, campaign: null, share },
  });

  it('leaves what no touch led to unattributed, and shares a refund like a value', async () => {
    await deliver(...files);
    const c6 = (await rows(25))?.filter((row) => row.conversion.id === 'c6');
    expect(c6).toMatchObject([
      { credits: [], unattributed: 300 },
      { credits: [], unattributed: 300 },
    ]);
    const c2 = (await rows(5))?.find((row) => row.conversion.id === 'c2');
    expect(c2).toMatchObject({ credits: [{ touch: 't2', share: -1 }], unattributed: 0 });
  });

  it('is counted, and what cannot be attributed lies in quarantine', async () => {
    await deliver(...files);
    const { data } = await FileProgress.scan.go({ ...table(), pages: 'all' });
    const third = data.find(({ key }) => key.includes('T09:20') && key.includes('purchases'));
    expect(third?.counts).toEqual({ read: 3, accepted: 1, quarantined: 2, conversions: 1, credits: 4 });
    const quarantine = (await keysInBucket()).filter((key) => key.startsWith('_millrace/'));
    expect(quarantine).toHaveLength(1);
  });
});

it('leaves files of collections nobody declared alone', async () => {
  await deliver(file('signups', 5, [view('x', 6, 'v1')]));
  expect(await items()).toEqual([]);
  expect(await keysInBucket()).toHaveLength(1);
});

it('keeps none of the attributions of a file from their work that can be worked', async () => {
  const others = { name: 'others', into: 'others', conversions: { ...declared.conversions, collection: 'orders' } };
  const attributions = [declare({ ...others, via: 's3' }), declare({ via: 'index' })];
  await deliver(fileOf('purchases', 20));
  const event = await put(fileOf('pageviews', 20));
  const options = { attributions, layout: { ...layout, namesFiles: false } }; // the first looks for files by name
  await expect(attributeFile(event, options)).rejects.toMatchObject({ code: 'configuration' });
  expect(await credited(20)).toEqual([['t7'], ['t7']]);
});

it('makes the results again when a version of the conversions follows, and keeps them when the older event comes late', async () => {
  await deliver(...files);
  const older = await put(file('purchases', 20, [purchase('c3', 22, 'v1', '49.98')]));
  await run(await overwrite(file('purchases', 20, [purchase('c3', 22, 'v1', '50.00')])));
  await run(older);
  expect((await rows(20))?.map((row) => row.conversion.value)).toEqual([5000, 5000]);
});

it('leaves a superseded version to the event of the newer one', async () => {
  const older = await put(file('purchases', 20, [purchase('c3', 22, 'v1', '49.98')]));
  const newer = await put(file('purchases', 20, [purchase('c3', 22, 'v1', '50.00')]));
  await run(older);
  expect(await rows(20)).toBeUndefined();
  await run(newer);
  expect((await rows(20))?.map((row) => row.conversion.value)).toEqual([5000, 5000]);
});

it('does not hold a touch file up when conversions it bears upon are gone', async () => {
  const gone = await put(file('purchases', 20, [purchase('c3', 22, 'v1', '49.98')]));
  await s3.send(new DeleteObjectCommand({ Bucket: streamsBucket(), Key: gone.properties.key }));
  await expect(run(gone)).rejects.toMatchObject({ code: 'missing_file', retryable: false });
  await deliver(file('purchases', 25, [purchase('c5', 26, 'v1', '1.00')]), fileOf('pageviews', 20));
  expect((await rows(25))?.[0]).toMatchObject({ credits: [{ touch: 't7', share: 100 }] });
});
