/**
 * What docs/operations.md says of the code is so.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { triggers, workflows } from '../packages/functions/src/workflows.ts';

const root = join(import.meta.dirname, '..');
const operations = readFileSync(join(root, 'docs/operations.md'), 'utf8');

/** What no function runs into: commands of people, and a key that is announced as quarantined. */
const ELSEWHERE = new Set([
  ...[
    'invalid_comment',
    'invalid_period',
    'invalid_reference',
    'invalid_rule',
    'invalid_silence',
    'too_much_said',
    'unknown_episode',
  ],
  ...['unknown_rule', 'unreadable_csv', 'unreadable_entry', 'unrecognized_key'],
]);

/** Codes of errors that send a message to its dead-letter queue at once, as the sources of core have them. */
function hopelessCodes(): Set<string> {
  const codes = new Set<string>();
  for (const file of globSync('packages/core/src/**/*.ts', { cwd: root })) {
    if (file.endsWith('.test.ts')) continue;
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, code, rest] of text.matchAll(/(?:super|new MillraceError)\(\s*'(\w+)',([\s\S]*?)\);\n/g)) {
      if (code !== undefined && /retryable: (false|!)/.test(rest ?? '')) codes.add(code);
    }
    const [, union = ''] = /class UnacceptableMessage[\s\S]*?constructor\(code: ([^,]*),/.exec(text) ?? [];
    for (const [, code] of union.matchAll(/'(\w+)'/g)) if (code !== undefined) codes.add(code);
  }
  return codes;
}

it('every reason to give a message up at once is in the table of what to do, and no other', () => {
  const codes = [...hopelessCodes()].filter((code) => !ELSEWHERE.has(code));
  const table = /\| errorCode \|[\s\S]*?\n\n/.exec(operations)?.[0] ?? '';
  const listed = table.split('\n').flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)]);
  expect(listed.map(([, code]) => code).sort()).toEqual(codes.sort());
  expect(codes).toContain('missing_file');
});

it('all functions at their most take as many runs as it says', () => {
  const queued = triggers.map(({ source }) => (source.kind === 'schedule' ? 1 : source.concurrency));
  const most = [...workflows.map(({ concurrency }) => concurrency), ...queued].reduce((sum, one) => sum + one, 0);
  expect(operations).toContain(`All functions at their most take ${most} `);
});
