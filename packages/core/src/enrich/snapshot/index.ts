export { type ObjectName, objectInMemory } from './object.ts';
export { type Replaceable, type SavedSnapshot, type SnapshotStore, Snapshots, type Version } from './snapshots.ts';
