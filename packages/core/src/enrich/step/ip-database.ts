/**
 * What steps ask of a database of IP addresses; `@millrace/core/enrich/geo` opens those in MaxMind's format.
 */
import * as z from 'zod';
import type { JsonObject } from '../../stream/index.ts';
import type { FileScope } from './step.ts';

/** A database that is opened for each stream file. */
export interface IpDatabase {
  /** @throws ConfigurationError where there is none, MillraceError where it cannot be read. */
  open(scope: FileScope): Promise<OpenDatabase>;
}

export interface OpenDatabase {
  /** What the database has for an address, and the length of the network it is in; undefined for nothing. */
  find(ip: string): { readonly data: JsonObject; readonly prefix: number } | undefined;
}

/** In a declaration. */
export const database = z.custom<IpDatabase>(
  (value) => typeof value === 'object' && value !== null && 'open' in value && typeof value.open === 'function',
  'is a database, as s3Database({ key }) makes one',
);
