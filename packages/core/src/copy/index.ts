export * from './copy-file.ts';
export * from './declaration.ts';
