/**
 * SST's own copies of Pulumi and esbuild, from `.sst/platform`: the versions that its components were written for.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type * as Pulumi from '../../../.sst/platform/node_modules/@pulumi/pulumi/index.js';
import type { MockMonitor, Mocks } from '../../../.sst/platform/node_modules/@pulumi/pulumi/runtime/mocks.js';
import type * as Settings from '../../../.sst/platform/node_modules/@pulumi/pulumi/runtime/settings.js';
import type * as Esbuild from '../../../.sst/platform/node_modules/esbuild/lib/main.js';

export type { Esbuild, MockMonitor, Mocks };

export interface Platform {
  readonly folder: string;
  readonly pulumi: typeof Pulumi;
  readonly settings: typeof Settings;
  readonly MockMonitor: new (mocks: Mocks) => MockMonitor;
  readonly esbuild: typeof Esbuild;
  /** The providers `sst install` found in sst.config.ts, each with the global it becomes there. */
  readonly providers: readonly { readonly package: string; readonly alias: string }[];
}

/** @throws Error naming the command to run, where the platform is missing or of another version than the CLI. */
export function loadPlatform(root: string): Platform {
  const folder = path.join(root, '.sst/platform');
  const sst = JSON.parse(readFileSync(path.join(root, 'node_modules/sst/package.json'), 'utf8')).version;
  if (versionOf(folder) !== sst) throw new Error(`.sst/platform is not of SST ${sst}; run: npx -y pnpm run platform`);
  const load = createRequire(path.join(folder, 'package.json'));
  return {
    folder,
    pulumi: load('@pulumi/pulumi'),
    settings: load('@pulumi/pulumi/runtime/settings'),
    MockMonitor: load('@pulumi/pulumi/runtime/mocks').MockMonitor,
    esbuild: load('esbuild'),
    providers: JSON.parse(readFileSync(path.join(root, '.sst/provider-lock.json'), 'utf8')),
  };
}

function versionOf(folder: string): string | undefined {
  try {
    return readFileSync(path.join(folder, 'version'), 'utf8').trim();
  } catch {
    return undefined;
  }
}
