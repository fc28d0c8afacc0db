/**
 * What conceals personal data, and what compares and requires.
 */
import { createHmac } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { runSteps } from '../test/run-steps.ts';
import { plainIp, truncatedIp } from './ip-address.ts';

vi.hoisted(() => {
  process.env.SST_RESOURCE_App = JSON.stringify({ name: 'millrace', stage: 'test' });
  process.env.SST_RESOURCE_EnrichHashKey = JSON.stringify({ value: 'a key' });
});
const pseudonym = (text: string) => createHmac('sha256', 'a key').update(text).digest('hex');

async function after(step: object, json: string) {
  const { json: record, notes } = await runSteps([step], json);
  return { record, notes };
}

describe('hash', () => {
  const hash = (...at: string[]) => ({ kind: 'hash', at, secret: 'EnrichHashKey' });
  it.each<[object, string, string]>([
    [hash('email'), '{"email":"a@b.example","x":1}', `{"email":"${pseudonym('a@b.example')}","x":1}`],
    [hash('id'), '{"id":7}', `{"id":"${pseudonym('7')}"}`],
    [hash('**.email'), '{"a":[{"email":"e"}],"email":null}', `{"a":[{"email":"${pseudonym('e')}"}],"email":null}`],
    [hash('user'), '{"user":{"name":"Ada"}}', `{"user":"${pseudonym('{"name":"Ada"}')}"}`],
    [hash('user.**'), '{"user":{"a":{"b":"x"}}}', `{"user":{"a":{"b":"${pseudonym('x')}"}}}`],
    [hash('__proto__.id'), '{"__proto__":{"id":"x"}}', `{"__proto__":{"id":"${pseudonym('x')}"}}`],
    [hash('gone', 'constructor'), '{"a":1}', '{"a":1}'],
    [
      hash('__proto__', 'constructor.*'),
      '{"__proto__":"x","constructor":{"name":"y"}}',
      `{"__proto__":"${pseudonym('x')}","constructor":{"name":"${pseudonym('y')}"}}`,
    ],
    [hash('n'), '{"n":"javascript:alert(1)"}', `{"n":"${pseudonym('javascript:alert(1)')}"}`],
    [hash('n'), '{"n":["x",true]}', `{"n":"${pseudonym('["x",true]')}"}`],
    [hash('n'), '{"n":true}', `{"n":"${pseudonym('true')}"}`],
    [hash('n'), '{"n":""}', `{"n":"${pseudonym('')}"}`],
  ])('%j of %s', async (step, before, record) => {
    expect(await after(step, before)).toEqual({ record, notes: [] });
  });
});

describe('mask', () => {
  it.each<[object, string, string]>([
    [{ at: ['card'], keep: 4 }, '{"card":"4111111111111111"}', '{"card":"***1111"}'],
    [{ at: ['card'], keep: 4 }, '{"card":"12345678"}', '{"card":"***"}'],
    [{ at: ['name'] }, '{"name":"Ada"}', '{"name":"***"}'],
    [{ at: ['user'], keep: 2 }, '{"user":{"name":"Ada"}}', '{"user":"***"}'],
    [{ at: ['n'], keep: 1 }, '{"n":"😀😀😀"}', '{"n":"***😀"}'],
    [{ at: ['n'], keep: 8 }, '{"n":"1234567890123456"}', '{"n":"***"}'],
    [{ at: ['n'], keep: 4 }, '{"n":12345678901234}', '{"n":"***1234"}'],
    [{ at: ['n'], keep: 4 }, '{"n":null}', '{"n":null}'],
    [{ at: ['n'] }, '{"n":""}', '{"n":"***"}'],
    [{ at: ['__proto__', 'constructor'] }, '{"__proto__":"x"}', '{"__proto__":"***"}'],
    [{ at: ['**'] }, '{"__proto__":{"a":"x"},"b":[1,null]}', '{"__proto__":{"a":"***"},"b":["***",null]}'],
    [{ at: ['items.*.name'] }, '{"items":[{"name":"a"},{"x":1}]}', '{"items":[{"name":"***"},{"x":1}]}'],
  ])('%j of %s', async (step, before, record) => {
    expect(await after({ kind: 'mask', ...step }, before)).toEqual({ record, notes: [] });
  });
});

describe('truncate-ip', () => {
  it.each<[string, string | undefined]>([
    ['203.0.113.77', '203.0.113.0'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.0'],
    ['2001:db8:1234:5678:9abc:def0:1234:5678', '2001:db8:1234::'],
    ['2001:db8::1', '2001:db8::'],
    ['::1', '::'],
    ['fe80::1%eth0', 'fe80::'],
    ['1:2:3:4:5:6:7:8', '1:2:3::'],
    ['1:0:0:4::8', '1::'],
    ['::ffff:203.0.113.77', '::ffff:203.0.113.0'],
    ['::ffff:cb00:714d', '::ffff:203.0.113.0'],
    ['0:0:0:0:0:FFFF:203.0.113.77', '::ffff:203.0.113.0'],
    ['::ffff:203.0.113.77%eth0', '::ffff:203.0.113.0'],
    ['64:ff9b::203.0.113.77', '64:ff9b::'],
    ['10.1.2.3', '10.1.2.0'],
    ['fe80::1%25eth0', 'fe80::'],
    [`fe80::1%${'x'.repeat(100)}`, undefined],
    ['[2001:db8::1]', undefined],
    ['javascript:alert(1)', undefined],
    ['__proto__', undefined],
    ['203.0.113.077', undefined],
    ['203.0.113', undefined],
    ['203.0.113.77:80', undefined],
    ['1.2.3.4, 5.6.7.8', undefined],
    ['12345::', undefined],
    ['', undefined],
  ])('%s → %s', (ip, network) => {
    expect(truncatedIp(ip, { ipv4Bits: 24, ipv6Bits: 48 })).toBe(network);
  });

  it.each([
    [{ ipv4Bits: 16 }, '{"ip":"203.0.113.77"}', '{"ip":"203.0.0.0"}', []],
    [{ ipv4Bits: 20 }, '{"ip":"203.0.113.77"}', '{"ip":"203.0.112.0"}', []],
    [{ ipv6Bits: 0 }, '{"ip":"2001:db8::1"}', '{"ip":"::"}', []],
    [{ ipv6Bits: 128 }, '{"ip":"2001:DB8::0:1"}', '{"ip":"2001:db8::1"}', []],
    [{}, '{"ip":"Ada Lovelace"}', '{"ip":"***"}', ['ip not_an_ip']],
    [{}, '{"ip":{"v4":"203.0.113.77"}}', '{"ip":"***"}', ['ip not_an_ip']],
  ])('%j of %s', async (step, before, record, notes) => {
    expect(await after({ kind: 'truncate-ip', at: ['ip'], ...step }, before)).toEqual({ record, notes });
  });

  it.each([
    [' 203.0.113.77 ', '203.0.113.77'],
    ['::ffff:203.0.113.77', '203.0.113.77'],
    ['::FFFF:cb00:714d', '203.0.113.77'],
    ['fe80::1%eth0', 'fe80::1'],
    ['203.0.113.77%eth0', undefined],
    ['999.1.1.1', undefined],
    ['javascript:alert(1)', undefined],
  ])('%s is looked up as %s', (text, ip) => expect(plainIp(text)).toBe(ip));
});

describe('require', () => {
  const step = { kind: 'require', properties: ['order.id', { path: 'order.total', type: 'number' }] };
  it.each<[string, string[]]>([
    ['{"order":{"id":"o-1","total":1}}', []],
    ['{"order":{"id":"o-1","total":"1"}}', ['order.total wrong_type']],
    ['{"order":{"id":null,"total":1}}', ['order.id missing_property']],
    ['{"order":"o-1"}', ['order.id missing_property', 'order.total missing_property']],
    ['{"__proto__":{"order":{"id":1,"total":1}}}', ['order.id missing_property', 'order.total missing_property']],
    ['{"order":["o-1"]}', ['order.id missing_property', 'order.total missing_property']],
    ['{"order":{"id":"","total":0}}', []],
    ['{"order":{"id":"o-1","total":[1]}}', ['order.total wrong_type']],
  ])('%s', async (json, notes) => {
    expect(await after(step, json)).toEqual({ record: json, notes });
  });

  it('rejects the line where it is told to', async () => {
    const { rejection } = await runSteps([{ ...step, onFailure: 'quarantine' }], '{}');
    expect(rejection).toEqual({ reason: 'missing_property', message: 'enrichment step 1 failed at order.id' });
  });
});

describe('fingerprint', () => {
  const print = async (json: string, of = ['a', 'b.c']) =>
    (await runSteps([{ kind: 'fingerprint', of, into: 'f' }], json)).record.f;
  it('is the same for the same values, in whatever order an object has them', async () => {
    const first = await print('{"a":{"x":1,"y":[2]},"b":{"c":"v"},"other":1}');
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await print('{"b":{"c":"v"},"a":{"y":[2],"x":1}}')).toBe(first);
  });

  it.each([
    ['{"a":1}', '{"a":"1"}'],
    ['{"a":"x","b":{"c":"y"}}', '{"a":"y","b":{"c":"x"}}'],
    ['{"a":["x"]}', '{"a":{"0":"x"}}'],
    ['{"a":{}}', '{"a":[]}'],
    ['{"__proto__":{"a":1}}', '{"a":1}'],
    ['{"a":{"__proto__":1}}', '{"a":{}}'],
    ['{"a":{"constructor":1}}', '{"a":{"prototype":1}}'],
    ['{"a":"1,2"}', '{"a":[1,2]}'],
    ['{"a":"null"}', '{"a":null}'],
  ])('%s is not %s', async (one, other) => expect(await print(one)).not.toBe(await print(other)));

  it('takes what is missing for null', async () => expect(await print('{}')).toBe(await print('{"a":null}')));
});
