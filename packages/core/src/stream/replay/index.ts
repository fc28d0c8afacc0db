export { type ListedFile, listFiles, placementOf as placementOfKey } from './list.ts';
export { measureReplay, type ReplayOptions, type ReplayProgress, redeliver, replay } from './replay.ts';
export { retryQuarantined } from './retry.ts';
