export * from './layout.ts';
export * from './progress.ts';
export * from './receipt.ts';
export * from './record.ts';
