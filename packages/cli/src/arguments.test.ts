import { describe, expect, test } from 'vitest';
import { type Command, hint, readArguments, UsageError } from './arguments.ts';

const command: Command = {
  name: 'send',
  summary: '',
  help: '',
  positionals: ['FILE'],
  options: { project: { value: 'P', says: '' }, data: { value: 'DIR', says: '' }, once: { says: '' } },
  run: async () => 0,
};

describe('readArguments', () => {
  test.each([
    ['options and positionals in any order', ['--project', 'shop', 'a.json', '--once'], 'shop'],
    ['a value behind =', ['a.json', '--once', '--project=shop'], 'shop'],
    ['the -- that pnpm hands on', ['--', 'a.json', '--project', 'shop', '--once'], 'shop'],
    ['a value that begins with one dash', ['a.json', '--project', '-', '--once'], '-'],
  ])('takes %s', (_name, argv, project) => {
    const given = readArguments(command, argv);
    expect(given.positionals).toEqual(['a.json']);
    expect(given.get('project')).toBe(project);
    expect(given.has('once')).toBe(true);
    expect(given.has('data')).toBe(false);
  });

  test('takes - for standard input', () => {
    expect(readArguments(command, ['-']).positionals).toEqual(['-']);
  });

  test.each([
    [['a.json', '--projct', 'shop'], 'there is no option --projct; did you mean --project?'],
    [['a.json', '--zzzzzz'], 'there is no option --zzzzzz; there are --help, --project, --data, --once'],
    [['a.json', '-x'], 'there is no option -x'],
    [['a.json', '--constructor', 'x'], 'there is no option --constructor'],
    [['a.json', '--data'], '--data needs a value: --data DIR'],
    [['a.json', '--data', '--once'], '--data needs a value: --data DIR'],
    [['a.json', '--once=yes'], '--once takes no value'],
    [[], 'FILE is missing'],
    [['a.json', 'b.json'], '"b.json" is one argument too many'],
  ])('refuses %j: %s', (argv, message) => {
    expect(() => readArguments(command, argv)).toThrow(UsageError);
    expect(() => readArguments(command, argv)).toThrow(message);
  });

  test('names an option that is required', () => {
    expect(() => readArguments(command, ['a.json']).require('project')).toThrow(
      '--project is missing: give it as --project P',
    );
  });
});

test.each([
  ['strat', '; did you mean start?'],
  ['sen', '; did you mean send?'],
  ['x', '; there are start, send'],
])('hint for %s', (given, expected) => {
  expect(hint(given, ['start', 'send'])).toBe(expected);
});
