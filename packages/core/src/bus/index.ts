export { envelopeOf } from './envelope.ts';
export * from './hand-over.ts';
export * from './publish.ts';
export * from './subscriber.ts';
