export * from './batch.ts';
export * from './client.ts';
export * from './entity.ts';
export * from './failure.ts';
export * from './key.ts';
