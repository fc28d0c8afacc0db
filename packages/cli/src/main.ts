#!/usr/bin/env node
/**
 * The `millrace` command: finds the command asked for, reads its arguments and turns errors into an exit code.
 * 0: done; 1: it failed; 2: the command line cannot be understood.
 */
import { MillraceError } from '@millrace/core/runtime';
import { readArguments, UsageError } from './arguments.ts';
import { commandNamed, commands } from './command/index.ts';
import { commandHelp, overview } from './help.ts';

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const about = name === 'help' ? rest[0] : undefined;
    process.stdout.write(about === undefined ? overview() : commandHelp(commandNamed(about)));
    return name === undefined ? 2 : 0;
  }
  const command = commandNamed(name);
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(commandHelp(command));
    return 0;
  }
  return await command.run(readArguments(command, rest));
}

/** For people: what happened and what to do; where it lies in the code only where no error of ours says it better. */
function report(caught: unknown, name: string | undefined): number {
  if (caught instanceof UsageError) {
    process.stderr.write(
      `millrace: ${caught.message}\nSee: pnpm millrace help${commands.some((one) => one.name === name) ? ` ${name}` : ''}\n`,
    );
    return 2;
  }
  const debugging = process.env.MILLRACE_LOG_LEVEL === 'debug';
  const plain = caught instanceof MillraceError && !debugging;
  const text = caught instanceof Error ? (plain ? caught.message : (caught.stack ?? caught.message)) : String(caught);
  process.stderr.write(`millrace: ${text}\n`);
  return 1;
}

/** Whoever reads may stop reading, as `head` does. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
const argv = process.argv.slice(2);
process.exitCode = await main(argv).catch((caught: unknown) => report(caught, argv[0]));
