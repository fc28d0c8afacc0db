/**
 * The file in which Pulumi keeps what it made, where the sst CLI looks for it: to know a stack, to read links and
 * outputs after a deployment, and to upload it.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { StackName } from './command.ts';
import type { Json } from './wire.ts';

/** A resource as the checkpoint has it. Values are plain: nothing here is a secret worth keeping. */
export interface ResourceState {
  readonly urn: string;
  readonly custom: boolean;
  readonly type: string;
  readonly parent?: string;
  readonly dependencies: readonly string[];
  readonly inputs: Readonly<Record<string, Json>>;
  /** Physical id; absent for components, and until it is made. */
  id?: string;
  outputs: Readonly<Record<string, Json>>;
}

function fileOf(folder: string, { app, stage }: StackName): string {
  return path.join(folder, '.pulumi/stacks', app, `${stage}.json`);
}

/** An empty stack in Pulumi's home folder. */
export function createStack(folder: string, stack: StackName, version: string): void {
  writeCheckpoint(folder, stack, version, []);
}

/** @throws Error where the stack is not there, or holds resources: the stand-in only makes, it does not update. */
export function requireEmptyStack(folder: string, stack: StackName): void {
  const file = fileOf(folder, stack);
  if (!existsSync(file)) throw new Error(`there is no stack ${stack.app}/${stack.stage}`);
  const { checkpoint } = JSON.parse(readFileSync(file, 'utf8'));
  if ((checkpoint?.latest?.resources ?? []).length > 0) {
    throw new Error(`${stack.app}/${stack.stage} has resources already, and the stand-in cannot update`);
  }
}

/** @param resources parents before children. */
export function writeCheckpoint(
  folder: string,
  stack: StackName,
  version: string,
  resources: readonly ResourceState[],
): void {
  const file = fileOf(folder, stack);
  const manifest = { time: new Date().toISOString(), magic: '', version };
  const checkpoint = { stack: `organization/${stack.app}/${stack.stage}`, latest: { manifest, resources } };
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ version: 3, checkpoint }, null, 1));
}
