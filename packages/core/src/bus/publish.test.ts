import { describe, expect, it } from 'vitest';
import { entrySize } from './publish.ts';

describe('entrySize, by AWS’s formula', () => {
  it.each([
    [{ Source: 'millrace.dev', DetailType: 'a.b', Detail: '{}' }, 12 + 3 + 2],
    [{ Source: 's', DetailType: 't', Detail: '"é"' }, 1 + 1 + 4],
    [{ Source: 's', DetailType: 't', Detail: '{}', Time: new Date(0) }, 14 + 1 + 1 + 2],
    [{ Source: 's', DetailType: 't', Detail: '{}', Resources: ['arn'] }, 1 + 1 + 2 + 3],
  ])('%j', (entry, bytes) => expect(entrySize(entry)).toBe(bytes));
});
