/**
 * What a command of `millrace` is, and how its arguments are read: an unknown option or a missing value is an error that
 * names it and says what there is instead.
 */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { MillraceError } from '@millrace/core/runtime';

export interface Option {
  /** How its value is called in the help (`DIR`); absent for a switch. */
  readonly value?: string;
  readonly says: string;
}

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Names of what stands without an option, each of them required. */
  readonly positionals?: readonly string[];
  /** Names of what may follow them. */
  readonly optional?: readonly string[];
  readonly options: Readonly<Record<string, Option>>;
  /** What it does, for its own help. */
  readonly help: string;
  /** @returns the exit code. */
  run(given: Arguments): Promise<number>;
}

/** The arguments of a command, read. */
export interface Arguments {
  has(option: string): boolean;
  get(option: string): string | undefined;
  /** @throws UsageError where it was not given. */
  require(option: string): string;
  /** What stands without an option, in order. */
  readonly positionals: readonly string[];
}

/** The command line cannot be understood: exit code 2. */
export class UsageError extends MillraceError {
  constructor(message: string) {
    super('usage', message, { retryable: false });
  }
}

/** @throws UsageError naming what is wrong with the arguments of `command`. */
export function readArguments(command: Command, argv: readonly string[]): Arguments {
  const { values, positionals } = parse(command, argv);
  const names = command.positionals ?? [];
  const missing = names[positionals.length];
  if (missing !== undefined) throw new UsageError(`${missing} is missing`);
  const most = names.length + (command.optional ?? []).length;
  if (positionals.length > most) {
    throw new UsageError(`"${positionals[most]}" is one argument too many: ${signature(command)}`);
  }
  const get = (option: string) => {
    const value = values[option];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    has: (option) => values[option] !== undefined,
    get,
    require: (option) => {
      const value = get(option);
      if (value !== undefined && value !== '') return value;
      throw new UsageError(
        `--${option} is missing: give it as --${option} ${command.options[option]?.value ?? ''}`.trimEnd(),
      );
    },
    positionals,
  };
}

function parse(command: Command, argv: readonly string[]) {
  const options: ParseArgsOptionsConfig = { help: { type: 'boolean', short: 'h' } };
  for (const [name, { value }] of Object.entries(command.options)) {
    options[name] = { type: value === undefined ? 'boolean' : 'string' };
  }
  // `pnpm start -- --once` hands the `--` on, and nobody who types it means "no options from here".
  const args = argv[0] === '--' ? argv.slice(1) : [...argv];
  const { tokens } = parseArgs({ args, options, strict: false, tokens: true, allowPositionals: true });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const known = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (known === undefined)
      throw new UsageError(`there is no option ${token.rawName}${hint(token.name, Object.keys(options), '--')}`);
    if (known.type === 'boolean' && token.value !== undefined) throw new UsageError(`${token.rawName} takes no value`);
    if (
      known.type === 'string' &&
      (token.value === undefined || (!token.inlineValue && token.value.startsWith('--')))
    ) {
      throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${command.options[token.name]?.value}`);
    }
  }
  return parseArgs({ args, options, allowPositionals: true });
}

/** `millrace send FILE --project P …`, as the first line of a command's help. */
export function signature(command: Command): string {
  const options = Object.entries(command.options).map(([name, { value }]) => `[--${name}${value ? ` ${value}` : ''}]`);
  const optional = (command.optional ?? []).map((name) => `[${name}]`);
  return ['millrace', command.name, ...(command.positionals ?? []), ...optional, ...options].join(' ');
}

/** `; did you mean --data?`, or a list of what there is where nothing is near. */
export function hint(given: string, known: readonly string[], prefix = ''): string {
  const near = known.find((name) => distance(name, given) <= 2 || (given.length > 2 && name.startsWith(given)));
  if (near !== undefined) return `; did you mean ${prefix}${near}?`;
  return `; there ${known.length === 1 ? 'is' : 'are'} ${known.map((name) => `${prefix}${name}`).join(', ')}`;
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substituted = (above[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substituted, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    above = current;
  }
  return above[b.length] ?? 0;
}
