export { type Answer, type Arrived, publishedIn, SeverableLine } from './severable-line.ts';
