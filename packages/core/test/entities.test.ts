/**
 * Every entity of the one table keeps the conventions of src/table/entity.ts.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Entity } from 'electrodb';
import { describe, expect, it } from 'vitest';

const source = join(import.meta.dirname, '../src');
const files = globSync('**/*.ts', { cwd: source })
  .filter((file) => !file.endsWith('.test.ts') && readFileSync(join(source, file), 'utf8').includes('new Entity('))
  .sort();

interface Index {
  readonly pk: { readonly field: string; readonly casing?: string; readonly composite: readonly string[] };
  readonly sk: { readonly field: string; readonly casing?: string; readonly composite: readonly string[] };
  readonly index?: string;
}

/** Configuration and what people decide are kept; all else is state, and expires. */
const KEPT = new Set(['reference', 'rule', 'ruleRevision', 'silence']);

const entities = await Promise.all(
  files.map(async (file) => {
    const exported = Object.values(await import(join(source, file)));
    return exported
      .filter((value) => value instanceof Entity)
      .map((entity) => [entity.schema.model.entity, file, entity] as const);
  }),
).then((found) => found.flat());

it('are all exported where they are defined, each under a name of its own', () => {
  expect(new Set(entities.map(([, file]) => file))).toEqual(new Set(files));
  const names = entities.map(([name]) => name);
  expect(new Set(names).size).toBe(names.length);
});

describe.each(entities)('%s (%s)', (name, _, entity) => {
  const indexes = Object.values(entity.schema.indexes as Record<string, Index>);
  const attributes = entity.schema.attributes as Record<string, { type: unknown; padding?: unknown }>;

  it('lies in the table’s own keys, with its case', () => {
    expect(entity.schema.model.service).toBe('millrace');
    for (const { pk, sk, index } of indexes) {
      expect([pk.field, sk.field, index]).toEqual(
        index === undefined ? ['pk', 'sk', undefined] : ['gsi1pk', 'gsi1sk', 'gsi1'],
      );
      expect([pk.casing, sk.casing]).toEqual(['none', 'none']);
    }
  });

  it('pads the numbers its sort keys order by', () => {
    for (const component of indexes.flatMap(({ sk }) => sk.composite)) {
      if (attributes[component]?.type === 'number') expect(attributes[component]?.padding, component).toBeDefined();
    }
  });

  it(KEPT.has(name) ? 'is kept' : 'expires', () => {
    expect('expiresAt' in attributes).toBe(!KEPT.has(name));
  });
});
