/**
 * The commands there are.
 */
import { type Command, hint, UsageError } from '../arguments.ts';
import { alerts } from './alerts.ts';
import { attribution } from './attribution.ts';
import { enrich } from './enrich.ts';
import { quarantine } from './quarantine.ts';
import { reference } from './reference.ts';
import { replay } from './replay.ts';
import { rules } from './rules.ts';
import { send } from './send.ts';
import { start } from './start.ts';
import { status } from './status.ts';
import { tick } from './tick.ts';

export const commands: readonly Command[] = [
  start,
  send,
  tick,
  status,
  rules,
  reference,
  enrich,
  alerts,
  attribution,
  quarantine,
  replay,
];

/** @throws UsageError where there is none of that name. */
export function commandNamed(name: string): Command {
  const command = commands.find((one) => one.name === name);
  if (command) return command;
  throw new UsageError(
    `there is no command "${name}"${hint(
      name,
      commands.map((one) => one.name),
    )}`,
  );
}
