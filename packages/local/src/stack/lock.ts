/**
 * One stack a folder: two would overwrite each other's state. The lock is SQLite's on a file, which ends with the process
 * however that ends, so a crash leaves nothing to clean up.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MillraceError } from '@millrace/core/runtime';

export class FolderInUse extends MillraceError {
  constructor(folder: string, cause: unknown) {
    const remedy = 'stop that one, or give another folder';
    super('folder_in_use', `a stack is running with the folder ${folder}: ${remedy}`, { cause, retryable: false });
  }
}

/**
 * Makes the folder where it is missing, and takes it.
 * @returns what gives it back.
 * @throws FolderInUse
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, 'lock'));
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (caught) {
    database.close();
    throw new FolderInUse(folder, caught);
  }
  return () => database.close();
}
