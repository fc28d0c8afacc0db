export * from './clock.ts';
export * from './concurrently.ts';
export { before, currentDeadline, Deadline } from './deadline.ts';
export * from './error.ts';
export * from './id.ts';
export * from './log.ts';
export * from './metric.ts';
export * from './retry.ts';
export * from './trace.ts';
