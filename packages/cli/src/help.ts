/**
 * The help texts, made from the commands themselves.
 */
import { type Command, signature } from './arguments.ts';
import { commands } from './command/index.ts';

const column = (entries: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...entries.map(([left]) => left.length)) + 2;
  return entries.map(([left, right]) => `  ${left.padEnd(width)}${right}\n`).join('');
};

export function overview(): string {
  return `millrace: event files in, workflows at work on them.

Usage: pnpm millrace COMMAND [options]

${column(commands.map(({ name, summary }) => [name, summary]))}
More about one: pnpm millrace help COMMAND
`;
}

export function commandHelp(command: Command): string {
  const options = Object.entries(command.options).map(
    ([name, { value, says }]) => [`--${name}${value ? ` ${value}` : ''}`, says] as const,
  );
  const listed = options.length > 0 ? `\n${column(options)}` : '';
  return `${command.summary}\n\nUsage: pnpm ${signature(command)}\n\n${command.help.trim()}\n${listed}`;
}
