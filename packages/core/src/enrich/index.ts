export * from './declaration.ts';
export * from './enrich-file.ts';
export type { Leaf, LeafFunction } from './leaf-functions.ts';
export {
  InvalidReference,
  loadReferences,
  Reference,
  type ReferenceEntry,
  type ReferenceTable,
  UnreadReferences,
} from './reference.ts';
