import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../stream/index.ts';
import type { LookupSource } from './lookup/source.ts';
import { begin, compileSteps, complete, openPlan, Steps, toJson } from './steps.ts';
import { scope } from './test/run-steps.ts';

const products = new Map([
  ['p-1', '"Pan"'],
  ['p-2', '{"name":" Pot ","__proto__":1}'],
  ['7', '"Seven"'],
  ['brand', '"p-1"'],
]);

/** Runs the steps over records; the answer also says which ids each question asked for. `$` stands for the source. */
async function run(steps: object[], ...records: string[]) {
  const asked: string[] = [];
  const from: LookupSource = {
    open: async () => async (ids) => {
      asked.push([...ids].join());
      return { found: products, failed: new Set(['down']) };
    },
  };
  const sourced = steps.map((step) => ('from' in step ? { ...step, from } : step));
  const plan = await openPlan(compileSteps(Steps.parse(sourced), 'shop'), scope);
  const drafts = records.map((json) => begin(plan, JSON.parse(json) as JsonObject));
  const counts = { lookups: 0, misses: 0 };
  await complete(plan, drafts, counts);
  return { json: drafts.map((one) => one.rejection ?? toJson(one, 'e')), asked, counts };
}

const lookup = (at: string, into?: string, more: object = {}) => ({
  ...{ kind: 'lookup', from: '$', at, ...more },
  ...(into === undefined ? {} : { into }),
});

describe('lookups', () => {
  it.each<[string, object, string, string]>([
    ['replace an id', lookup('id'), '{"id":"p-1"}', '{"id":"Pan"}'],
    ['add beside it', lookup('id', 'product.name'), '{"id":"p-1"}', '{"id":"p-1","product":{"name":"Pan"}}'],
    ['take numbers', lookup('id'), '{"id":7}', '{"id":"Seven"}'],
    [
      'reach into arrays',
      lookup('items.*.id', 'items.*.name'),
      '{"items":[{"id":"p-1"},{"x":1},{"id":7}]}',
      '{"items":[{"id":"p-1","name":"Pan"},{"x":1},{"id":7,"name":"Seven"}]}',
    ],
    ['reach into arrays of ids', lookup('ids.*'), '{"ids":["p-1",7]}', '{"ids":["Pan","Seven"]}'],
    [
      'reach into nested arrays',
      lookup('o.*.i.*.id', 'o.*.i.*.name'),
      '{"o":[{"i":[{"id":7}]},{"i":[{"id":"p-1"}]}]}',
      '{"o":[{"i":[{"id":7,"name":"Seven"}]},{"i":[{"id":"p-1","name":"Pan"}]}]}',
    ],
    ['put objects, hostile names too', lookup('id'), '{"id":"p-2"}', '{"id":{"name":" Pot ","__proto__":1}}'],
    ['skip what is missing or null', lookup('a.id'), '{"a":{"id":null},"id":"p-1"}', '{"a":{"id":null},"id":"p-1"}'],
    ['fall back', lookup('id', 'name', { fallback: 'unknown' }), '{"id":"p-9"}', '{"id":"p-9","name":"unknown"}'],
    ['fall back to null', lookup('id', 'name', { fallback: null }), '{"id":"p-9"}', '{"id":"p-9","name":null}'],
    [
      'take __proto__ for an id',
      lookup('id', 'name', { fallback: 'unknown' }),
      '{"id":"__proto__"}',
      '{"id":"__proto__","name":"unknown"}',
    ],
    [
      'take constructor for an id',
      lookup('id', 'name', { fallback: 'unknown' }),
      '{"id":"constructor"}',
      '{"id":"constructor","name":"unknown"}',
    ],
    [
      'put under __proto__ as under a name',
      lookup('id', '__proto__.name'),
      '{"id":7}',
      '{"id":7,"__proto__":{"name":"Seven"}}',
    ],
    ['never read the prototype', lookup('constructor'), '{"a":1}', '{"a":1}'],
    [
      'note what they do not find',
      lookup('ids.*'),
      '{"ids":["p-9",true,""]}',
      '{"ids":["p-9",true,""],"enrichment_errors":[{"enrichment":"e","step":1,"path":"ids.1","reason":"not_an_id"},{"enrichment":"e","step":1,"path":"ids.2","reason":"not_an_id"},{"enrichment":"e","step":1,"path":"ids.0","reason":"not_found"}]}',
    ],
    [
      'note what is in the way',
      lookup('id', 'a.b'),
      '{"id":7,"a":"text","enrichment_errors":["before"]}',
      '{"id":7,"a":"text","enrichment_errors":["before",{"enrichment":"e","step":1,"path":"id","reason":"path_blocked"}]}',
    ],
  ])('%s', async (_, step, before, after) => {
    expect((await run([step], before)).json).toEqual([after]);
  });

  it('read once for many records, each id once', async () => {
    const { asked, counts } = await run([lookup('id')], '{"id":"p-1"}', '{"id":"p-1"}', '{"id":"p-9"}', '{}');
    expect(asked).toEqual(['p-1,p-9']);
    expect(counts).toEqual({ lookups: 3, misses: 1 });
  });

  it('read nothing where there is no id', async () => {
    expect((await run([lookup('id')], '{}')).asked).toEqual([]);
  });

  it('give each record a value of its own, for later steps to change', async () => {
    const steps = [lookup('id'), { kind: 'transform', at: ['id.name'], apply: ['trim'] }];
    const { json } = await run(steps, '{"id":"p-2"}', '{"id":"p-2"}');
    expect(json).toEqual(Array(2).fill('{"id":{"name":"Pot","__proto__":1}}'));
  });

  it('follow each other: what one finds the next may look up', async () => {
    const { json, asked } = await run([lookup('id', 'ref'), lookup('ref', 'name')], '{"id":"brand"}');
    expect(json).toEqual(['{"id":"brand","ref":"p-1","name":"Pan"}']);
    expect(asked).toEqual(['brand', 'p-1']);
  });
});

describe('failures', () => {
  it('keep the record and are listed, twenty at most', async () => {
    const { json } = await run(
      [{ kind: 'transform', apply: ['toNumber'] }],
      JSON.stringify({ a: Array(50).fill('x') }),
    );
    const [only] = json;
    const record = JSON.parse(typeof only === 'string' ? only : '{}');
    expect(record.a).toEqual(Array(50).fill('x'));
    expect(record.enrichment_errors).toHaveLength(20);
    expect(record.enrichment_errors[19]).toEqual({ enrichment: 'e', step: 1, path: 'a.19', reason: 'not_a_number' });
  });

  it('reject the line where the step says so, its neighbours untouched', async () => {
    const strict = { kind: 'transform', at: ['n'], apply: ['toNumber'], onFailure: 'quarantine' };
    const { json } = await run([strict, lookup('id')], '{"n":"1","id":7}', '{"n":"x","id":7}', '{"id":7}');
    expect(json).toEqual([
      '{"n":1,"id":"Seven"}',
      { reason: 'not_a_number', message: 'enrichment step 1 failed at n' },
      '{"id":"Seven"}',
    ]);
  });
});
