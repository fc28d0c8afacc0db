/**
 * The command line of `pulumi`, as far as the stand-in goes along with it.
 */
import { parseArgs } from 'node:util';

/** `organization/<app>/<stage>` on the command line. */
export interface StackName {
  readonly app: string;
  readonly stage: string;
}

export interface UpCommand {
  readonly name: 'up';
  readonly stack: StackName;
  /** Where the engine's events go, one JSON object a line. */
  readonly eventLog: string;
  /** Provider settings such as `aws:region`. */
  readonly config: Readonly<Record<string, string>>;
}

export type Command =
  | { readonly name: 'version' }
  | { readonly name: 'stack init'; readonly stack: StackName }
  | UpCommand;

/** @throws Error for a command or an option that the stand-in does not have: half of what was asked would prove nothing. */
export function parseCommand(args: readonly string[]): Command {
  const [first, second, ...rest] = args;
  if (first === 'version' && second === undefined) return { name: 'version' };
  if (first === 'stack' && second === 'init') return { name: 'stack init', stack: stackName(onlyName(rest)) };
  if (first === 'up') return parseUp(args.slice(1));
  throw new Error(`it has "version", "stack init" and "up", and not "${args.join(' ')}"`);
}

function parseUp(args: string[]): UpCommand {
  const { values } = parseArgs({
    args,
    options: {
      stack: { type: 'string' },
      'event-log': { type: 'string' },
      config: { type: 'string', multiple: true },
      yes: { type: 'boolean' },
      'non-interactive': { type: 'boolean' },
      'skip-preview': { type: 'boolean', short: 'f' },
    },
  });
  const { stack, 'event-log': eventLog, config = [] } = values;
  if (stack === undefined || eventLog === undefined) throw new Error('"up" needs --stack and --event-log');
  return { name: 'up', stack: stackName(stack), eventLog, config: Object.fromEntries(config.map(setting)) };
}

function onlyName(args: string[]): string {
  const { positionals } = parseArgs({ args, options: {}, allowPositionals: true });
  const [name, ...others] = positionals;
  if (name === undefined || others.length > 0) throw new Error('"stack init" takes the name of one stack');
  return name;
}

function stackName(text: string): StackName {
  const [, app, stage] = /^organization\/([^/]+)\/([^/]+)$/.exec(text) ?? [];
  if (app === undefined || stage === undefined) throw new Error(`"${text}" is not organization/<app>/<stage>`);
  return { app, stage };
}

function setting(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals < 0) throw new Error(`--config "${text}" is not key=value`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}
