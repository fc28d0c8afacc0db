/**
 * What a kind of destination is: the shape of its routes, and how a message goes out on one. To add a kind, write its
 * file beside this one and enter it in `index.ts`.
 */
import type { z } from 'zod';
import type { Clock } from '../../runtime/index.ts';
import type { Message } from '../message/group-announcement.ts';
import type { Outcome } from './outcome.ts';

/** What an attempt is part of. */
export interface Attempt {
  /** Id of the delivery: the same at every attempt, so a receiver can tell a repeat by it. */
  readonly delivery: string;
  readonly now: Clock;
}

/**
 * Hands one message over, within `SEND_TIMEOUT`. It tries once: whether and when to try again is the sender's to decide.
 */
export type Send = (message: Message, attempt: Attempt) => Promise<Outcome>;

/** An attempt ends after this long (ms): a third of the sender's run, so that its bookkeeping always fits. */
export const SEND_TIMEOUT = 10_000;

/** How fast a destination takes messages. Routes that share a name share the pace. */
export interface Pace {
  readonly name: string;
  /** ms between two messages. */
  readonly interval: number;
}

/** A destination, ready to take messages. */
export interface Opened {
  readonly send: Send;
  readonly pace?: Pace;
}

export interface Destination<Route extends z.ZodObject = z.ZodObject> {
  /** A route of this kind, `kind` included. */
  readonly route: Route;
  /**
   * Reads what the route names (a secret, a topic), before anything is claimed or sent.
   * @throws ConfigurationError where that is missing.
   */
  open(route: unknown): Opened;
}

/** Ties a route's schema to the code that reads it. */
export function defineDestination<Route extends z.ZodObject>(definition: {
  readonly route: Route;
  readonly open: (route: z.output<Route>) => Opened;
}): Destination<Route> {
  const own = definition.route.strip(); // beside it, a route has what all kinds have
  const read = (route: unknown) => own.parse(route) as z.output<Route>; // stripping leaves the keys and their types
  return { route: definition.route, open: (route) => definition.open(read(route)) };
}
