/**
 * DynamoDB, by dynalite (LevelDB underneath; in memory without a folder).
 */
import { join } from 'node:path';
import dynalite from 'dynalite';
import { close, LOOPBACK, listen } from './listen.ts';

export interface Endpoint {
  readonly url: string;
  stop(): Promise<void>;
}

/** @throws PortInUse */
export async function startDynamoDB({
  port,
  dataDir,
}: {
  port: number;
  dataDir?: string | undefined;
}): Promise<Endpoint> {
  const server = dynalite({
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
    ...(dataDir === undefined ? {} : { path: join(dataDir, 'dynamodb') }),
  });
  const bound = await listen(server, port, 'DynamoDB');
  return { url: `http://${LOOPBACK}:${bound}`, stop: async () => await close(server) };
}
