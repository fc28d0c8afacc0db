export type { Leaf, LeafFunction } from '../change/index.ts';
export * from './declaration.ts';
export * from './enrich-file.ts';
export {
  createLookupMemory,
  LIFETIMES,
  type Lifetimes,
  type LookupMemory,
  lookupMemory,
  type WhenUnavailable,
} from './lookup/memory.ts';
export {
  InvalidReference,
  loadReferences,
  Reference,
  type ReferenceEntry,
  type ReferenceTable,
  UnreadReferences,
} from './lookup/reference.ts';
export { type LookupSource, tableSource } from './lookup/source.ts';
export { type Preview, previewEnrichments } from './preview.ts';
export { type Replaceable, Snapshots } from './snapshot/index.ts';
export type { Expression, RecordFunction } from './step/compute.ts';
export type { IpDatabase, OpenDatabase } from './step/ip-database.ts';
export type { Answers, FileScope, Finder, OpenSeries, SeriesPort, SeriesQuery } from './step/step.ts';
export { type OpenPlan, openPlan } from './steps.ts';
