/**
 * The registry of destinations: one entry for each kind of route.
 */
import { slack } from './slack.ts';
import { sns } from './sns.ts';

export const destinations = { slack, sns } as const;
