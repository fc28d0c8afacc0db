/**
 * What a rule says itself of how its alerts are told: tables of scripts, each with what is heard and when.
 */
import { describe, expect, it, vi } from 'vitest';
import type { NotifySettings } from '../event/index.ts';
import { MINUTE } from '../runtime/index.ts';
import { defineRoutes } from './index.ts';
import { play } from './test/script.ts';

const slack = await vi.hoisted(async () => (await import('./test/slack-stand-in.ts')).linkedSlack());

const to = { kind: 'slack', secret: 'SlackWebhookUrl' } as const;
const routes = defineRoutes({
  plain: to,
  repeating: { ...to, repeat: '10m' },
  calm: { ...to, cooldown: '10m' },
  grouped: { ...to, group: { by: ['client'], wait: '1m', interval: '5m' } },
  'grouped-calm': { ...to, group: { by: ['client'], wait: '1m', interval: '5m' }, cooldown: '10m' },
  digest: { ...to, digest: '10m' },
});

type Row = readonly [
  name: string,
  notify: NotifySettings,
  route: string,
  script: string,
  end: number,
  heard: readonly string[],
];
const told = (rows: readonly Row[]) =>
  it.each(rows)('%s', async (_, notify, route, script, end, heard) => {
    expect(await play({ slack, routes }, { route, script, end, notify })).toEqual(heard);
  });
const min = (n: number) => n * MINUTE;

describe('a rule that repeats', () => {
  told([
    ['does on a route that does not', { repeat: min(5) }, 'plain', '0 raise C1', 6, ['0 🔴 C1', '5 🔴 still C1']],
    ['goes before its route', { repeat: min(4) }, 'repeating', '0 raise C1', 7, ['0 🔴 C1', '4 🔴 still C1']],
    ['leaves others to the route', { repeat: min(4) }, 'repeating', '0 raise C1@r', 9, ['0 🔴 C1']],
    ['a group of its own', { repeat: min(4) }, 'grouped', '0 raise C1', 6, ['1 🔴 1 firing', '5 🔴 1 still firing']],
    [
      'keeps to it for an alert that was raised before the rule was edited',
      { repeat: min(4) },
      'plain',
      '0 raise C1, 1 edit -, 2 raise C1, 7 resolve C1, 8 raise C1b',
      13,
      ['0 🔴 C1', '4 🔴 still C1', '7 ✅ C1', '8 🔴 C1b'],
    ],
  ]);
});

describe('a rule that groups', () => {
  told([
    [
      'does on a route that does not',
      { groupBy: ['client'], groupWait: min(2) },
      'plain',
      '0 raise C1, 1 raise C1b, 1 raise C2',
      4,
      ['2 🔴 2 firing', '3 🔴 1 firing'],
    ],
    [
      'waits half a minute where nobody says how long',
      { groupBy: ['client'] },
      'plain',
      '0 raise C1, 0 raise C1b',
      2,
      ['1 🔴 2 firing'],
    ],
    [
      'groups all of its alerts by no label',
      { groupBy: [] },
      'plain',
      '0 raise C1, 0 raise W2, 0 raise C3@r',
      2,
      ['0 🔴 C3', '1 🔴 2 firing'],
    ],
    [
      'goes by its labels, not its route’s',
      { groupBy: ['severity'] },
      'grouped',
      '0 raise C1, 0 raise C2, 0 raise W1',
      2,
      ['1 🔴 2 firing', '1 🟠 1 firing'],
    ],
    ['waits longer', { groupWait: min(3) }, 'grouped', '0 raise C1, 2 raise C1b', 4, ['3 🔴 2 firing']],
    [
      'is apart from others on its route',
      { groupWait: min(1) },
      'grouped',
      '0 raise C1, 0 raise C1b@r, 0 raise C1c@r',
      2,
      ['1 🔴 1 firing', '1 🔴 2 firing'],
    ],
    [
      'is in the digest of its route',
      { groupBy: ['client'], repeat: min(1) },
      'digest',
      '3 raise C1, 4 raise C2@r',
      12,
      ['10 🔴 digest: 2 firing'],
    ],
    ['has its wait only where it is grouped', { groupWait: min(3) }, 'plain', '0 raise C1', 1, ['0 🔴 C1']],
    [
      'tells the end where the raise was told, though it was edited meanwhile',
      { groupBy: ['client'], groupWait: min(1) },
      'plain',
      '0 raise C1, 2 edit -, 3 resolve C1, 4 raise C1b',
      7,
      ['1 🔴 1 firing', '4 🔴 C1b', '6 ✅ 1 resolved'],
    ],
  ]);
});

describe('a rule that cools down', () => {
  told([
    [
      'does not tell the same again for so long',
      { cooldown: min(10) },
      'plain',
      '0 raise C1, 1 resolve C1, 3 raise C1b, 4 resolve C1b',
      12,
      ['0 🔴 C1', '1 ✅ C1'],
    ],
    [
      'tells what still fires then, and its end',
      { cooldown: min(10) },
      'plain',
      '0 raise C1, 1 resolve C1, 3 raise C1b, 14 resolve C1b',
      15,
      ['0 🔴 C1', '1 ✅ C1', '10 🔴 C1b', '14 ✅ C1b'],
    ],
    [
      'begins anew with what it tells',
      { cooldown: min(10) },
      'plain',
      '0 raise C1, 1 resolve C1, 3 raise C1b, 11 resolve C1b, 12 raise C1c',
      21,
      ['0 🔴 C1', '1 ✅ C1', '10 🔴 C1b', '11 ✅ C1b', '20 🔴 C1c'],
    ],
    ['does so for each partition', { cooldown: min(10) }, 'plain', '0 raise C1, 1 raise C2', 2, ['0 🔴 C1', '1 🔴 C2']],
    [
      'does not hold back what is worse',
      { cooldown: min(10) },
      'plain',
      '0 raise W1, 1 raise C1',
      2,
      ['0 🟠 W1', '1 🔴 C1'],
    ],
    ['is no other rule', { cooldown: min(10) }, 'plain', '0 raise C1, 1 raise C1b@r', 2, ['0 🔴 C1', '1 🔴 C1b']],
    [
      'is not begun by a copy',
      { cooldown: min(10) },
      'plain',
      '0 raise C1, 5 raise C1, 6 resolve C1, 10 raise C1b',
      11,
      ['0 🔴 C1', '6 ✅ C1', '10 🔴 C1b'],
    ],
    [
      'nor by what was silenced',
      { cooldown: min(10) },
      'plain',
      '0 silence severity=critical:2, 0 raise C1, 1 resolve C1, 3 raise C1b',
      4,
      ['3 🔴 C1b'],
    ],
    [
      'goes before its route',
      { cooldown: min(3) },
      'calm',
      '0 raise C1, 1 resolve C1, 2 raise C1b',
      4,
      ['0 🔴 C1', '1 ✅ C1', '3 🔴 C1b'],
    ],
    [
      'does in a group of all',
      { cooldown: min(10) },
      'grouped',
      '0 raise C1, 2 resolve C1, 7 raise C1b, 7 raise C1c@r',
      13,
      ['1 🔴 1 firing', '6 ✅ 1 resolved', '8 🔴 1 firing', '13 🔴 2 firing'],
    ],
    [
      'has nothing to say in a group of what came and went',
      {},
      'grouped-calm',
      '0 raise C1, 2 resolve C1, 7 raise C1b, 9 resolve C1b',
      14,
      ['1 🔴 1 firing', '6 ✅ 1 resolved'],
    ],
  ]);
});
