/**
 * A copy of the working tree to deploy from: sst writes types beside each package and state into `.sst`, and neither is
 * to be found in the person's own tree afterwards. Packages and platform are linked, not copied.
 */
import { cp, mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';

/** Of no use to a deployment, or a person's own settings. */
const LEFT_OUT = /^(\.git|\.millrace|\.ci|\.env.*|sst-env\.d\.ts|coverage)$/;

export async function copyCheckout(root: string, folder: string): Promise<void> {
  const linked = ['node_modules', '.sst'].map((name) => path.join(root, name));
  await cp(root, folder, {
    recursive: true,
    verbatimSymlinks: true, // between packages of the workspace they are relative, and so lead to the copies
    filter: (source) => !linked.includes(source) && !LEFT_OUT.test(path.basename(source)),
  });
  await mkdir(path.join(folder, '.sst'));
  for (const name of ['node_modules', '.sst/platform']) await symlink(path.join(root, name), path.join(folder, name));
  await cp(path.join(root, '.sst/provider-lock.json'), path.join(folder, '.sst/provider-lock.json'));
}
