/**
 * Databases of IP addresses, for steps of kind `ip` and `keen-addons`. Apart from the rest, so that only functions that use
 * one carry what reads it.
 */
export { packageDatabase, readDatabase, s3Database } from './database.ts';
export { type MmdbValue, writeDatabase } from './write-database.ts';
