/**
 * Each function is granted what its code needs, and nothing more: seen in the real bundles, and in small ones of each case.
 */
import { describe, expect, it } from 'vitest';
import { triggers, workflows } from '../../packages/functions/src/workflows.ts';
import { capabilityOf, grantsFit, grantsFitBundles } from './checks/capability.ts';

const registry = { workflows, triggers };

describe('grants', () => {
  it('are what the code of each handler needs', async () => {
    expect(await grantsFitBundles(registry)).toEqual([]);
  });

  it('are missed where the code needs more, and noticed where it needs less', async () => {
    const tampered = workflows.map((entry) => ({
      ...entry,
      grants: entry.name === 'copier' ? (['streams:write', 'state:delete'] as const) : entry.grants,
    }));
    const violations = (await grantsFitBundles({ workflows: tampered, triggers })).join('\n');
    expect(violations).toMatch(/copier: its code needs the grant streams:read/);
    expect(violations).toMatch(/copier: its code needs the grant bus:publish/);
    expect(violations).toMatch(/copier: nothing in its code uses the grant state:delete/);
    expect(violations).not.toMatch(/enricher/);
  });

  it.each([
    ['new GetObjectCommand({})', ['its code needs the grant streams:read']],
    ['new Renamed({})', ['its code needs the grant bus:publish']],
    ['new DeleteBucketCommand({})', ['no grant is known to cover DeleteBucketCommand']],
    ['Thing.get({}).go()', ['its code needs the grant state:get']],
    ['Thing.put({}).where(() => 1).go({})', ['its code needs the grant state:put']],
    ['Thing.put({}).params()', []],
    ['Thing.query.byOther({}).gte(1).go()', ['its code needs the grant state:query-index']],
    ['Thing.query.byKey({}).go()', ['its code needs the grant state:query']],
    ['Thing.scan.go()', ['cannot tell what Thing.scan.go() does']],
    ['thing.go()', ['cannot tell what thing.go() does']],
    ['paginateScan({})', ['cannot tell what paginateScan() calls']],
    ['linked("State", "name")', ['its code asks for the link State, which no grant brings']],
    ['reached()', ['its code needs the grant streams:write']],
    ['ignored', []],
    ['held.kind', []],
    ['held.open()', ['its code needs the grant streams:write']],
    ['take(held)', []],
    ['take(({ open }) => held)', ['its code needs the grant streams:write']],
    ['held[name]()', ['its code needs the grant streams:write']],
  ])('%s', (call, expected) => {
    const code = `
      import { GetObjectCommand, DeleteBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
      import { PutEventsCommand as Renamed } from "@aws-sdk/client-eventbridge";
      import { paginateScan } from "@aws-sdk/lib-dynamodb";
      import { Entity } from "electrodb";
      var Thing = new Entity({ indexes: { byKey: { pk: {} }, byOther: { index: "gsi1" } } });
      var table = { reached: () => new PutObjectCommand({}) };
      function reached() { return table.reached(); }
      var never = define({ open() { return new PutObjectCommand({}); } });
      var held = { kind: 'slack', open() { return new PutObjectCommand({}); } };
      var handler = () => ${call};
      export { handler };`;
    const violations = grantsFit({ name: 'it', grants: [] }, capabilityOf(code));
    expect(violations).toEqual(expected.map((one) => `it: ${one}`));
  });
});
