/**
 * What a channel hears of alerts over time: tables of scripts, each with what is said and when. In simulated time with a
 * tick every minute that matters, over real HTTP, to a Slack of our own.
 */
import { describe, vi } from 'vitest';
import { defineInhibitions, defineRoutes } from './index.ts';
import { plays, type Row } from './test/script.ts';

const slack = await vi.hoisted(async () => (await import('./test/slack-stand-in.ts')).linkedSlack());

const to = { kind: 'slack', secret: 'SlackWebhookUrl' } as const;
const routes = defineRoutes({
  plain: to,
  repeating: { ...to, repeat: '10m' },
  grouped: { ...to, group: { by: ['client'], wait: '1m', interval: '5m' } },
  'grouped-again': { ...to, group: { by: ['client'], wait: '1m', interval: '5m' }, repeat: '10m' },
  digest: { ...to, digest: '10m' },
});
const inhibitions = defineInhibitions([
  { source: ['severity=critical'], target: ['severity=warning'], equal: ['client'] },
  { source: ['severity=~critical|info'], target: ['severity=~info|debug'], equal: ['zone'] },
]);
const told = (rows: readonly Row[]) => plays({ slack, routes, inhibitions }, rows);

describe('an alert', () => {
  told([
    [
      'is told when it first fires, and when it is over',
      'plain',
      '0 raise C1, 3 resolve C1',
      4,
      ['0 🔴 C1', '3 ✅ C1'],
    ],
    ['is told once however often it comes', 'plain', '0 raise C1, 1 raise C1, 2 raise C1', 3, ['0 🔴 C1']],
    ['whose rule wants no end told has none', 'plain', '0 raise C1, 3 quietly C1', 4, ['0 🔴 C1']],
    ['that never was is taken back', 'plain', '0 raise C1, 3 withdraw C1', 4, ['0 🔴 C1', '3 ⚪ C1']],
    ['that is not known to have begun does not end', 'plain', '0 resolve C1', 2, []],
    ['is told again at each interval', 'repeating', '0 raise C1', 21, ['0 🔴 C1', '10 🔴 still C1', '20 🔴 still C1']],
    ['is not, once it is over', 'repeating', '0 raise C1, 9 resolve C1', 12, ['0 🔴 C1', '9 ✅ C1']],
    ['is not, once it is acknowledged', 'repeating', '0 raise C1, 11 ack C1', 21, ['0 🔴 C1', '10 🔴 still C1']],
  ]);
});

describe('a group', () => {
  told([
    ['waits for others', 'grouped', '0 raise C1, 0 raise C1b', 2, ['1 🔴 2 firing']],
    ['is one for each value of its label', 'grouped', '0 raise C1, 0 raise W2', 2, ['1 🔴 1 firing', '1 🟠 1 firing']],
    [
      'tells of a new member after its interval',
      'grouped',
      '0 raise C1, 2 raise C1b',
      7,
      ['1 🔴 1 firing', '6 🔴 2 firing'],
    ],
    ['says nothing while nothing changes', 'grouped', '0 raise C1, 7 raise C1', 9, ['1 🔴 1 firing']],
    [
      'tells of an end',
      'grouped',
      '0 raise C1, 0 raise C1b, 3 resolve C1',
      7,
      ['1 🔴 2 firing', '6 🔴 1 firing, 1 resolved'],
    ],
    ['tells that all is over', 'grouped', '0 raise C1, 3 resolve C1', 7, ['1 🔴 1 firing', '6 ✅ 1 resolved']],
    ['has nothing to say of what came and went', 'grouped', '0 raise C1, 0 resolve C1', 7, []],
    ['is told again at each interval', 'grouped-again', '0 raise C1', 12, ['1 🔴 1 firing', '11 🔴 1 still firing']],
    [
      'is not, once all of it is acknowledged',
      'grouped-again',
      '0 raise C1, 0 raise C1b, 5 ack C1, 15 ack C1b',
      25,
      ['1 🔴 2 firing', '11 🔴 2 still firing'],
    ],
    [
      'in a digest comes at its time',
      'digest',
      '3 raise C1, 4 raise W2, 9 resolve W2',
      21,
      ['10 🔴 digest: 1 firing, 1 resolved'],
    ],
  ]);
});

describe('a silence', () => {
  told([
    ['hides, and what still fires is told after', 'plain', '0 silence severity=critical:6, 1 raise C1', 8, ['6 🔴 C1']],
    ['hides nothing else', 'plain', '0 silence severity=critical:6, 1 raise W1', 2, ['1 🟠 W1']],
    ['hides for good what ends in it', 'plain', '0 silence client=1:6, 1 raise C1, 4 resolve C1', 8, []],
    ['hides the end of what was told', 'plain', '0 raise C1, 1 silence client=1:6, 4 resolve C1', 8, ['0 🔴 C1']],
    ['begins when it says', 'plain', '0 silence client=1:5+4, 3 raise C1, 5 raise C1b', 10, ['3 🔴 C1', '9 🔴 C1b']],
    [
      'ended early lets be told within minutes',
      'plain',
      '0 silence client=1:600, 1 raise C1, 2 unsilence',
      8,
      ['6 🔴 C1'],
    ],
    [
      'beside another hides until both are over',
      'plain',
      '0 silence client=1:3, 1 raise C1, 2 silence client=1:6',
      9,
      ['8 🔴 C1'],
    ],
    [
      'hides from a digest until its next',
      'digest',
      '1 silence client=1:12, 3 raise C1',
      20,
      ['20 🔴 digest: 1 firing'],
    ],
    [
      'hides reminders',
      'repeating',
      '0 raise C1, 8 silence client=1:6',
      25,
      ['0 🔴 C1', '14 🔴 still C1', '24 🔴 still C1'],
    ],
    [
      'hides from a group',
      'grouped',
      '0 silence severity=critical:6, 0 raise C1-a, 0 raise I1-b',
      8,
      ['1 🔵 1 firing', '6 🔴 2 firing'],
    ],
  ]);
});

/** The cases of Alertmanager's TestInhibitRuleHasEqual and TestInhibitRuleMatches, and what happens over time. */
describe('inhibition', () => {
  told([
    ['hides a warning while its critical alert fires', 'plain', '0 raise C1, 1 raise W1', 7, ['0 🔴 C1']],
    ['not where the labels differ', 'plain', '0 raise C1, 1 raise W2', 2, ['0 🔴 C1', '1 🟠 W2']],
    ['where both lack the label', 'plain', '0 raise C, 1 raise W', 2, ['0 🔴 C']],
    ['not where one lacks it', 'plain', '0 raise C, 1 raise W1', 2, ['0 🔴 C', '1 🟠 W1']],
    ['not by what is over', 'plain', '0 raise C1, 1 resolve C1, 2 raise W1', 3, ['0 🔴 C1', '1 ✅ C1', '2 🟠 W1']],
    ['not by what never was', 'plain', '0 raise C1, 1 withdraw C1, 2 raise W1', 3, ['0 🔴 C1', '1 ⚪ C1', '2 🟠 W1']],
    [
      'as long as one of several fires',
      'plain',
      '0 raise C1, 0 raise C1b, 1 raise W1, 3 resolve C1',
      7,
      ['0 🔴 C1', '0 🔴 C1b', '3 ✅ C1'],
    ],
    [
      'and the warning is told within minutes after',
      'plain',
      '0 raise C1, 1 raise W1, 3 resolve C1',
      7,
      ['0 🔴 C1', '3 ✅ C1', '6 🟠 W1'],
    ],
    ['not its own source', 'plain', '0 raise C1, 1 raise C1b', 2, ['0 🔴 C1', '1 🔴 C1b']],
    ['not two that match both sides each other', 'plain', '0 raise I-a, 1 raise Ib-a', 2, ['0 🔵 I-a', '1 🔵 Ib-a']],
    ['one that matches both sides, by one that does not', 'plain', '0 raise C-a, 1 raise I-a', 2, ['0 🔴 C-a']],
    [
      'of two levels raised at once, the warning, whichever comes first',
      'plain',
      '0 raise W1+C1, 0 raise C1+W1, 3 resolve W1, 3 resolve C1',
      7,
      ['0 🔴 C1', '3 ✅ C1'],
    ],
    ['and in the other order', 'plain', '0 raise C1+W1, 0 raise W1+C1', 7, ['0 🔴 C1']],
    [
      'by a level that is over when the other is heard of, no more',
      'plain',
      '0 raise C1+W1, 1 resolve C1, 2 raise W1+C1',
      3,
      ['0 🔴 C1', '1 ✅ C1', '2 🟠 W1'],
    ],
    [
      'by a level that outlasts it not; the warning is told within minutes after',
      'plain',
      '0 raise W1+C1, 0 raise C1+W1, 2 resolve C1',
      7,
      ['0 🔴 C1', '2 ✅ C1', '5 🟠 W1'],
    ],
    ['the end of what was told before', 'plain', '0 raise W1, 1 raise C1, 3 resolve W1', 7, ['0 🟠 W1', '1 🔴 C1']],
  ]);
});
