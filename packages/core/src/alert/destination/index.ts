/**
 * The registry of destinations: one entry for each kind of route.
 */
import { slack } from './slack.ts';
import { sns } from './sns.ts';
import { webhook } from './webhook.ts';

export const destinations = { slack, sns, webhook } as const;
