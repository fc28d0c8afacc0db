import { describe, expect, it } from 'vitest';
import { type JsonValue, parsePath, valueAt } from './record.ts';

describe('valueAt', () => {
  const record = JSON.parse('{"a":{"b":[{"c":1},null],"":2},"__proto__":{"d":3},"e":null}') as JsonValue;
  it.each([
    [['a', 'b', '0', 'c'], 1],
    [['a', ''], 2],
    [['a', 'b', '1'], null],
    [['e'], null],
    [['__proto__', 'd'], 3],
    [['a', 'b', '2'], undefined],
    [['a', 'b', 'length'], undefined],
    [['e', 'f'], undefined],
    [['constructor'], undefined],
    [['a', 'toString'], undefined],
    [['a', '__proto__'], undefined],
  ])('%j', (path, value) => {
    expect(valueAt(record, path)).toEqual(value);
  });
});

describe('parsePath', () => {
  it('cuts at dots', () => {
    expect(parsePath('keen.timestamp')).toEqual(['keen', 'timestamp']);
  });
  it.each(['', '.', 'a.', '.a', 'a..b'])('refuses %j', (text) => {
    expect(() => parsePath(text)).toThrow(RangeError);
  });
});
