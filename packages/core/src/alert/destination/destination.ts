/**
 * What a kind of destination is: the shape of its routes, and how a message goes out on one. To add a kind, write its
 * file beside this one and enter it in `index.ts`.
 */
import type { z } from 'zod';
import type { Clock } from '../../runtime/index.ts';
import type { Announcement } from '../announcement.ts';
import type { Outcome } from './outcome.ts';

/**
 * Hands one message over, within `SEND_TIMEOUT`. It tries once: whether and when to try again is the sender's to decide.
 */
export type Send = (announcement: Announcement, now: Clock) => Promise<Outcome>;

/** An attempt ends after this long (ms): a third of the sender's run, so that its bookkeeping always fits. */
export const SEND_TIMEOUT = 10_000;

export interface Destination<Route extends z.ZodObject = z.ZodObject> {
  /** A route of this kind, `kind` included. */
  readonly route: Route;
  /**
   * Reads what the route names (a secret, a topic), before anything is claimed or sent.
   * @throws ConfigurationError where that is missing.
   */
  open(route: unknown): Send;
}

/** Ties a route's schema to the code that reads it. */
export function defineDestination<Route extends z.ZodObject>(definition: {
  readonly route: Route;
  readonly open: (route: z.output<Route>) => Send;
}): Destination<Route> {
  return { route: definition.route, open: (route) => definition.open(definition.route.parse(route)) };
}
