/**
 * The real sst CLI, against the emulator and with the stand-in for Pulumi in the place where it would have installed
 * Pulumi.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ACCOUNT, REGION } from '../test/synth/provider.ts';
import { run } from './program.ts';

const engine = fileURLToPath(new URL('./engine/main.ts', import.meta.url));
const NO_WARNING = '--disable-warning=ExperimentalWarning';

/** Seconds for a command: one of them takes the samples through the stage, which needs about two minutes. */
const LIMIT = 480;

interface Home {
  /** The project. */
  readonly checkout: string;
  /** For HOME, settings and temporary files. */
  readonly folder: string;
  readonly logs: string;
  readonly endpoint: string;
  readonly stage: string;
  /** Of the stage, by the name of its environment variable. */
  readonly settings: Readonly<Record<string, string>>;
}

export type Sst = (name: string, command: string, ...args: string[]) => Promise<string>;

/** @returns a function that runs a command of sst and names its log; it returns what sst said. */
export function installSst({ checkout, folder, logs, endpoint, stage, settings }: Home): Sst {
  const config = path.join(folder, 'config');
  const tmp = path.join(folder, 'tmp');
  const home = path.join(folder, 'home');
  for (const one of [path.join(config, 'sst/bin'), tmp, home]) mkdirSync(one, { recursive: true });
  const pulumi = path.join(config, 'sst/bin/pulumi');
  writeFileSync(pulumi, `#!/bin/sh\nexec '${process.execPath}' ${NO_WARNING} '${engine}' "$@"\n`);
  chmodSync(pulumi, 0o755);
  const env = {
    ...settings,
    PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH ?? ''}`,
    HOME: home,
    XDG_CONFIG_HOME: config,
    TMPDIR: tmp,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: ACCOUNT, // the emulator takes twelve digits for the account
    AWS_SECRET_ACCESS_KEY: 'none',
    AWS_REGION: REGION,
    AWS_EC2_METADATA_DISABLED: 'true', // credentials come from nowhere else
    SST_TELEMETRY_DISABLED: '1',
    SST_SKIP_DEPENDENCY_CHECK: '1', // no download of Pulumi
    SST_NO_BUN: '1',
    SST_SKIP_APPSYNC: '1', // only `sst dev` needs it
  };
  const program = path.join(checkout, 'node_modules/sst/bin/sst.mjs');
  return async (name, command, ...rest) => {
    const args = [program, command, '--stage', stage, ...rest];
    const log = path.join(logs, `${name}.log`);
    return await run({ command: process.execPath, args, cwd: checkout, env, log }, LIMIT);
  };
}
