/**
 * Stands where the sst CLI expects `pulumi`, and knows three of its commands: `version`, `stack init` and a first `up`.
 * An `up` runs the program and makes each resource it registers, through the AWS SDK, at a loopback endpoint. It never
 * previews, updates, imports or removes; the emulator it fills is thrown away.
 */
import { createStack } from './checkpoint.ts';
import { parseCommand } from './command.ts';
import { up } from './up.ts';

/** What `pulumi version` prints: SST refuses an engine of another version than the SDK in its platform. */
const VERSION = 'v3.210.0';

async function run(): Promise<number> {
  const command = parseCommand(process.argv.slice(2));
  switch (command.name) {
    case 'version':
      process.stdout.write(`${VERSION}\n`);
      return 0;
    case 'stack init':
      createStack(process.cwd(), command.stack, VERSION);
      return 0;
    case 'up':
      return await up(command, { folder: process.cwd(), version: VERSION });
  }
}

try {
  process.exitCode = await run();
} catch (caught) {
  process.stderr.write(`the stand-in for Pulumi: ${caught instanceof Error ? caught.message : String(caught)}\n`);
  process.exitCode = 1;
}
