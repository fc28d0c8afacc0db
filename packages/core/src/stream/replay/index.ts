export { measureReplay, type ReplayOptions, type ReplayProgress, redeliver, replay } from './replay.ts';
export { retryQuarantined } from './retry.ts';
