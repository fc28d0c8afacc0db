/**
 * Files of reference data: lookups in one that lies in S3, and reading one into a reference table. Apart from the rest, so
 * that only functions that use one carry what reads it.
 */
export { type EntryFormat, type EntryOptions, formatOf, readEntries, UnreadableEntry } from './entries.ts';
export { s3File } from './s3-file.ts';
