export * from './copy-file.ts';
export { copying } from './copying.ts';
export * from './declaration.ts';
export { compileShape, Shape } from './shape.ts';
