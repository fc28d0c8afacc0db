/**
 * pnpm other-sst [VERSION]: does the project work unchanged with another version of SST? A copy of the working tree gets
 * that version, its platform and its types, and then checks them and runs the synth test. Two minutes and 300 MB, from the
 * npm registry; the copy is kept in .millrace, so that a second run is quicker.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the docs speak of. */
const DEFAULT = '4.17.1';
const [version = DEFAULT] = process.argv.slice(2);

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const copy = path.join(root, '.millrace', `sst-${version}`);
/** Kept in the copy, or of no use to it; the rest is replaced. */
const LEFT_OUT = /^(\.git|\.millrace|\.sst|\.env.*|node_modules|coverage)$/;

/** @throws Error where it fails; what it says is shown as it comes. */
function run(command: string, ...args: string[]): void {
  process.stdout.write(`\n> ${command} ${args.join(' ')}\n`);
  const { status } = spawnSync(command, args, { cwd: copy, stdio: 'inherit' });
  if (status !== 0)
    throw new Error(`${command} ${args[0] ?? ''} failed: the project does not work with SST ${version}`);
}

function copyTree(): void {
  const wanted = (source: string) => !LEFT_OUT.test(path.basename(source));
  for (const name of readdirSync(root).filter(wanted)) {
    const there = path.join(copy, name);
    rmSync(there, { recursive: true, force: true });
    cpSync(path.join(root, name), there, { recursive: true, filter: wanted });
  }
  const workspace = path.join(copy, 'pnpm-workspace.yaml');
  const pinned = /^ {2}sst: .+$/m;
  const text = readFileSync(workspace, 'utf8');
  if (!pinned.test(text)) throw new Error('pnpm-workspace.yaml does not pin sst');
  writeFileSync(workspace, text.replace(pinned, `  sst: ${version}`));
}

copyTree();
run('pnpm', 'install', '--no-frozen-lockfile', '--prefer-offline');
run('pnpm', 'run', 'platform');
run('pnpm', 'run', 'types');
run('pnpm', 'exec', 'vitest', 'run', '--project', 'unit', 'infra/test');
process.stdout.write(`\nTypes and synth test pass with SST ${version}.\n`);
