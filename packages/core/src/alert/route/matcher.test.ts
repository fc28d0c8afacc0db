import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { announcement } from '../test/announcements.ts';
import { labelsOf, matcherText, matchesAll, parseMatcher, parseMatchers } from './matcher.ts';

const labels = labelsOf(
  announcement({ labels: { team: 'checkout', severity: 'mine' }, partition: { client: 'client-01', __proto__: 'x' } }),
);

describe('matchesAll', () => {
  it.each([
    [[], true],
    [['severity=critical'], true],
    [['severity=mine'], false],
    [['project=shop', 'rule=payments-failed'], true],
    [['team=checkout', 'client=client-02'], false],
    [['team!=checkout'], false],
    [['client=~client-0.*'], true],
    [['client=~client'], false], // of the whole value
    [['client!~client-9.'], true],
    [['absent='], true],
    [['absent!='], false],
    [['absent=~.*'], true],
    [['absent!=x'], true],
    [['constructor='], true],
    [[' team = checkout '], true],
    [['team=~a|checkout'], true],
  ])('%j', (texts, result) => {
    expect(matchesAll(labels, texts.map(parseMatcher))).toBe(result);
  });
});

describe('labelsOf', () => {
  const of = (partition: Record<string, string>, labels = {}) =>
    labelsOf(announcement({ partition, labels })).get('partition');

  it('knows a partition as a whole, by what it is and not by how it is written', () => {
    expect(of({ client: 'c-1', machine: 'm-1' })).toBe(of({ machine: 'm-1', client: 'c-1' }));
    expect(of({ client: 'c-1' })).toBe(of({ client: 'c-1' }, { partition: 'another' }));
    expect(of({ client: 'c-1", "machine' })).not.toBe(of({ client: 'c-1', machine: '' }));
  });
});

describe('parseMatcher', () => {
  it.each(['', 'team', '=x', 'team=~(', 'a b=c'])('refuses %j', (text) => {
    expect(() => parseMatcher(text)).toThrow(/no matcher|no regular expression/);
  });

  it.each(['a=b', 'a!=b=c', 'a=~b.*', 'a!~b', 'a=', 'a=~"b,c"', 'a="b \\" c"'])('can be written again: %s', (text) => {
    expect(matcherText(parseMatcher(text))).toBe(text);
  });

  it.each([
    ['severity="critical"', 'critical'],
    ['a=" b "', ' b '],
    ['a="b,c"', 'b,c'],
    ['a=~"\\d{1,3}"', '\\d{1,3}'],
    ['a="\\\\d \\" e"', '\\d " e'],
    ['a="b', '"b'],
    ['a=b"c"', 'b"c"'],
  ])('takes a value in quotes: %s', (text, value) => {
    expect(parseMatcher(text).value).toBe(value);
  });
});

describe('parseMatchers', () => {
  it.each<[string, readonly string[]]>([
    ['a=b', ['a=b']],
    ['a=b, c!~d.*', ['a=b', 'c!~d.*']],
    ['a=~"b,c",d=e', ['a=~"b,c"', 'd=e']],
    ['a="b\\",c",d= "e,f"', ['a="b\\",c"', 'd="e,f"']],
    ['a=5" wide,b=6" high', ['a="5\\" wide"', 'b="6\\" high"']],
    ['', []],
  ])('of %s', (text, matchers) => {
    expect(parseMatchers(text).map(matcherText)).toEqual(matchers);
  });

  it('reads what matcherText writes, whatever the values', () => {
    const value = fc.string({ unit: fc.constantFrom('a', ',', '"', '\\', ' ', '=', '\n') });
    const matcher = fc.record({
      name: fc.constantFrom('a', 'b'),
      operator: fc.constantFrom('=', '!=' as const),
      value,
    });
    fc.assert(
      fc.property(fc.array(matcher), (matchers) => {
        expect(parseMatchers(matchers.map(matcherText).join(','))).toEqual(matchers);
      }),
    );
  });
});
