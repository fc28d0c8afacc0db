export * from './publish.ts';
export * from './subscriber.ts';
