/**
 * Names that too much is said of: up to the limit all of it counts, beyond it none.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { keyPart } from '../../table/index.ts';
import { credited, reset, rows } from '../test/left-behind.ts';
import { attributor, file, peopleAndRefunds, purchase, refund, START, signup, view } from '../test/shop.ts';
import { circleOf, MAX_LINKS, putLinks } from './alias-link.ts';
import { MAX_REFUNDS } from './refund.ts';
import { makeSideCurrent, replaceVersion } from './side-version.ts';

beforeEach(reset);

const { deliver } = attributor({ models: ['linear'], ...peopleAndRefunds });
const times = <T>(count: number, one: (n: number) => T) => Array.from({ length: count }, (_, n) => one(n));

describe('links of a name', () => {
  const scope = { project: keyPart('shop'), attribution: keyPart('purchases') };
  /** What a file says of so many devices of one user, as the attributor writes it. */
  const say = async (count: number) => {
    const side = { ...scope, kind: 'aliases' } as const;
    const version = { bucket: 'b', key: 'k', etag: 'v1', token: 'v1', receivedAt: START, expiresAt: START };
    const links = times(count, (n) => ({ anonymous: `d-${n}`, user: 'u', time: n, row: n, token: 'v1' }));
    const write = () => putLinks(scope, version, links);
    const makeCurrent = () => makeSideCurrent(side, version);
    await replaceVersion(side, version, { says: [], write, makeCurrent, keysOf: () => [] });
  };

  it('are followed, the most there may be', async () => {
    await say(MAX_LINKS);
    const { links, names } = await circleOf(scope, ['u']);
    expect([links.length, names.size]).toEqual([MAX_LINKS, MAX_LINKS + 1]);
  });

  it('are none with one more: a shared login, which nobody becomes', async () => {
    await say(MAX_LINKS + 1);
    expect((await circleOf(scope, ['u'])).names).toEqual(new Set(['u']));
    await deliver(file('pageviews', 5, [view('t1', 6, 'd-1'), view('t2', 7, 'u')]));
    await deliver(file('purchases', 10, [purchase('c1', 11, 'd-1', '4.00')]));
    expect(await credited(10)).toEqual([['t1']]);
  });
});

it('a user who signs in each day for a year has one device', async () => {
  for (let month = 0; month < 12; month++)
    await deliver(
      file(
        'signups',
        month * 5,
        times(31, (day) => signup((month * 31 + day) / 1000, 'd-1', 'u')),
      ),
    );
  await deliver(file('pageviews', 65, [view('t1', 66, 'd-1')]));
  await deliver(file('purchases', 70, [purchase('c1', 71, 'u', '4.00')]));
  expect((await rows(70))?.[0].credits).toHaveLength(1);
});

it.each([
  ['the most', MAX_REFUNDS, 9500],
  ['one more: a mistake, and nothing is taken off', MAX_REFUNDS + 1, 10_000],
])('refunds of a conversion: %s', async (_, refunds, value) => {
  await deliver(file('purchases', 10, [purchase('c1', 11, 'v', '100.00')]));
  const all = times(refunds, (n) => refund(`r${n}`, 'c1', '0.01'));
  await deliver(file('refunds', 60, all));
  expect((await rows(10))?.map(({ conversion }) => conversion.value)).toEqual([value]);
});
