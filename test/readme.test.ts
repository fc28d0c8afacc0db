/**
 * What the README and the docs show is true: the rule is the file it names, links lead somewhere, the workflow is as short as it says.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseRule } from '../packages/core/src/rule/index.ts';

const root = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** The fenced blocks of a language, without the indentation of a list. */
function blocks(markdown: string, language: string): string[] {
  const fences = markdown.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\`$`, 'gm'));
  return [...fences].map(([, indent = '', body = '']) => body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));
}

describe('the README', () => {
  const readme = read('README.md');

  it('shows the rule of packages/pipeline as it is', () => {
    const [shown = ''] = blocks(readme, 'json');
    const { $schema, tests, ...rule } = JSON.parse(read('packages/pipeline/src/rules/machines-all-stopped.json'));
    expect([$schema, tests]).toEqual([expect.any(String), expect.any(Array)]); // what the README leaves out
    expect(JSON.parse(shown)).toEqual(rule);
  });

  it('adds a workflow in less than 15 lines', () => {
    const lines = blocks(readme, 'ts').flatMap((block) => block.trim().split('\n'));
    expect(lines.filter((line) => line.trim() !== '').length).toBeLessThan(15);
  });
});

describe.each(['README.md', 'CONTRIBUTING.md', 'docs/rules.md', 'docs/operations.md'])('%s', (file) => {
  it('links to what is there', () => {
    const links = [...read(file).matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1] ?? '');
    expect(links.filter((link) => !existsSync(join(root, dirname(file), link)))).toEqual([]);
  });
});

describe('docs/rules.md', () => {
  const example = {
    id: 'example',
    name: 'Example',
    project: 'shop',
    source: { collections: ['pageviews'] },
    window: { kind: 'tumbling', size: '5m' },
    signal: { kind: 'aggregate', aggregate: { fn: 'count' }, compare: { op: 'gte', value: 1 } },
    severity: 'info',
    notify: { routes: [] },
  };
  const shown = blocks(read('docs/rules.md'), 'json');

  it.each(shown.filter((block) => block.startsWith('{')))('shows a signal the schema takes: %.60s', (block) => {
    const signal = JSON.parse(block);
    const { window, ...windowless } = example;
    const rule = signal.kind === 'sequence' ? windowless : { ...windowless, window };
    expect(parseRule({ ...rule, signal }).signal).toMatchObject(signal);
  });

  it.each(shown.filter((block) => !block.startsWith('{')))('shows fields the schema takes: %.60s', (block) => {
    const fields = JSON.parse(`{${block}}`);
    expect(parseRule({ ...example, ...fields })).toMatchObject(fields);
  });
});
