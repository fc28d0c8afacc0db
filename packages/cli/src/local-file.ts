/**
 * Files that people name on the command line.
 */
import { createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { MillraceError } from '@millrace/core/runtime';

class NoFile extends MillraceError {
  constructor(path: string, why: string, remedy: string) {
    super('no_file', `${path} ${why}; ${remedy}`, { retryable: false });
  }
}

/** @param remedy what to give instead. @throws NoFile where there is none. */
export async function openLocalFile(
  file: string,
  remedy: string,
): Promise<{ readonly path: string; readonly size: number; readonly stream: ReadStream }> {
  const path = resolve(process.env.INIT_CWD ?? '.', file); // pnpm runs scripts in the root of the workspace
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new NoFile(path, 'is not there', remedy);
  if (!found.isFile()) throw new NoFile(path, 'is no file', remedy);
  return { path, size: found.size, stream: createReadStream(path) };
}
