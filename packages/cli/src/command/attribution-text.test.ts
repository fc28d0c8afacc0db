import type { Report } from '@millrace/core/attribution';
import { expect, it } from 'vitest';
import { reportCsv, reportTable } from './attribution-text.ts';

const report: Report = {
  rows: [
    { model: 'linear', channel: 'email', currency: 'EUR', value: 1050n },
    { model: 'linear', channel: 'direct', currency: 'EUR', value: -5n },
    { model: 'markov', channel: 'email', currency: 'EUR', value: 1045n },
    { model: 'linear', channel: 'email', currency: 'JPY', value: 7n },
    { model: 'linear', channel: 'direct', currency: 'XAF', value: 2n ** 64n },
    { model: '=1+1,"x"', channel: 'unattributed', currency: 'BHD', value: 1n },
  ],
  conversions: 3,
  journeys: 1200,
  conversionProbability: 0.25,
  removalEffects: new Map([['email', 0.5]]),
};

it('a table for each currency, which adds up', () =>
  expect(reportTable(report).split('\n')).toEqual([
    '3 conversions in 1,200 journeys',
    '',
    'BHD',
    '  channel       linear  markov  =1+1,"x"',
    '  unattributed   0.000   0.000     0.001',
    '  total          0.000   0.000     0.001',
    '',
    'EUR',
    '  channel  linear  markov  =1+1,"x"',
    '  email     10.50   10.45      0.00',
    '  direct    -0.05    0.00      0.00',
    '  total     10.45   10.45      0.00',
    '',
    'JPY',
    '  channel  linear  markov  =1+1,"x"',
    '  email         7       0         0',
    '  total         7       0         0',
    '',
    'XAF',
    '  channel                linear  markov  =1+1,"x"',
    '  direct   18446744073709551616       0         0',
    '  total    18446744073709551616       0         0',
    '',
    'Lost without a channel, of the 25.0 % of journeys that convert',
    '  email  50.0 %',
    '',
  ]));

it('CSV, in which a name is no formula', () =>
  expect(reportCsv(report).split('\r\n')).toEqual([
    'model,channel,currency,value',
    'linear,email,EUR,10.50',
    'linear,direct,EUR,-0.05',
    'markov,email,EUR,10.45',
    'linear,email,JPY,7',
    'linear,direct,XAF,18446744073709551616',
    '"\'=1+1,""x""",unattributed,BHD,0.001',
    '',
  ]));
