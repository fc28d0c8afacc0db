/**
 * Routes: the names that rules notify, and where each leads. No URL of a webhook and no ARN stands in a rule.
 */
import * as z from 'zod';
import { ConfigurationError, READ_ONCE } from '../../runtime/index.ts';
import type { Opened } from '../destination/destination.ts';
import { destinations } from '../destination/index.ts';
import type { Announcement } from '../message/announcement.ts';
import { labelsOf, matchesAll } from './matcher.ts';
import { contradictions, type Policy, policyShape } from './policy.ts';

type Kinds = (typeof destinations)[keyof typeof destinations]['route'];

/** Where a route leads, and its policy. */
export type Route = z.output<Kinds> & Policy;
/** A route as declared. */
export type RouteInput = z.input<Kinds> & z.input<z.ZodObject<typeof policyShape>>;

const schemas = Object.values(destinations)
  .map((kind): z.ZodObject => kind.route)
  .map((route) => route.extend(policyShape));

/** One of the registered kinds. */
export const Route = z
  .discriminatedUnion('kind', schemas as unknown as [z.ZodObject, ...z.ZodObject[]]) // the registry has entries
  .superRefine((route, context) => {
    for (const message of contradictions(route)) context.addIssue({ code: 'custom', message });
  }) as unknown as z.ZodType<Route, RouteInput>; // extending each of a list of schemas loses which is which

const Declaration = z.record(
  z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'write lower-case letters, digits and hyphens, as in ops-slack'),
  Route,
);

/** Routes by name. */
export type Routes = ReadonlyMap<string, Route>;

/** Whether a route takes an alert; one that is not declared does, so that its failure is seen. */
export function takes(route: Route | undefined, announcement: Announcement): boolean {
  return route?.match === undefined || matchesAll(labelsOf(announcement), route.match);
}

/**
 * Declares the routes of a pipeline: `defineRoutes({ 'ops-slack': { kind: 'slack', secret: 'SlackWebhookUrl' } })`.
 * @throws ConfigurationError naming every route that is wrong, when the declaration is loaded.
 */
export function defineRoutes(declaration: Readonly<Record<string, RouteInput>>): Routes {
  const parsed = Declaration.safeParse(declaration, READ_ONCE);
  if (parsed.success) return new Map(Object.entries(parsed.data));
  throw new ConfigurationError(`routes are declared wrongly:\n${z.prettifyError(parsed.error)}`);
}

/**
 * How a message goes out on a route. A name that no route has refuses every message: the failure is recorded for that
 * delivery, and the other routes of the same alert go out.
 * @throws ConfigurationError where a secret or topic that the route names is missing.
 */
export function openRoute(routes: Routes, name: string): Opened {
  const route = routes.get(name);
  if (route !== undefined) return destinations[route.kind].open(route);
  const known = [...routes.keys()].join(', ') || 'none';
  const reason = `there is no route "${name}" (${known}); declare it in packages/pipeline/src/routes.ts or take it out of the rule`;
  return { send: async () => ({ result: 'refused', reason }) };
}

/** The kind of a route, as events tell it: `unknown` where there is none of that name. */
export function kindOf(routes: Routes, name: string): string {
  return routes.get(name)?.kind ?? 'unknown';
}
