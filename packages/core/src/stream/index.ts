export { checkpointStore, loadCheckpoint } from './checkpoint.ts';
export { CompressedObject, type SuspendedObject } from './compressed-object.ts';
export { CompressedText, type Compression } from './compressed-text.ts';
export {
  type Derivation,
  DerivationSource,
  DerivationTarget,
  nameGlob,
  nameMatcher,
  placementOf,
  refuseCollisions,
  selector,
} from './derivation.ts';
export * from './file.ts';
export { goOn, LostProgress, leaveRun, type RunIdentity } from './hand-over.ts';
export * from './ingest.ts';
export * from './keen.ts';
export { LateRejections } from './late-rejections.ts';
export * from './layout.ts';
export { type Lineage, lineageMetadata, parseLineage } from './lineage.ts';
export { MissingFile, openObject, readObjectIfChanged, readObjectIfPresent, SupersededFile } from './object.ts';
export { type FirehoseOptions, firehose, type PatternOptions, pattern } from './pattern.ts';
export * from './progress.ts';
export * from './quarantine.ts';
export * from './reader.ts';
export * from './receipt.ts';
export * from './record.ts';
export { LIMITS, type Limits, type ReadReason, type RejectedLine, type Rejection } from './rejection.ts';
export * from './replay/index.ts';
export * from './source.ts';
export * from './writer.ts';
