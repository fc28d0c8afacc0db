export { type Answer, type Arrived, publishedIn, SeverableLine } from './severable-line.ts';
export { cause, interval, layout, put } from './streams.ts';
