import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ruleJsonSchema } from '../index.ts';

it('is published as it is; else run: node packages/core/schema/write.ts', () => {
  const published = readFileSync(new URL('../../../schema/rule.json', import.meta.url), 'utf8');
  expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(ruleJsonSchema())));
});

it('knows the language', () => {
  const { properties, required, additionalProperties } = ruleJsonSchema();
  expect(required).toEqual(['id', 'name', 'project', 'source', 'signal', 'severity', 'notify']);
  expect(additionalProperties).toBe(false);
  expect(Object.keys(properties ?? {})).toContain('keepFiringFor');
});
