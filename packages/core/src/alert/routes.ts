/**
 * Routes: the names that rules notify, and where each leads. No URL of a webhook and no ARN stands in a rule.
 */
import { z } from 'zod';
import { ConfigurationError } from '../runtime/index.ts';
import type { Send } from './destination/destination.ts';
import { destinations } from './destination/index.ts';

const schemas = Object.values(destinations).map(({ route }) => route);
type Schema = (typeof schemas)[number];

/** Where a route leads: one of the registered kinds. */
export const Route = z.discriminatedUnion('kind', schemas as [Schema, ...Schema[]]); // the registry has entries
export type Route = z.output<typeof Route>;

const Declaration = z.record(
  z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'write lower-case letters, digits and hyphens, as in ops-slack'),
  Route,
);

/** Routes by name. */
export type Routes = ReadonlyMap<string, Route>;

/**
 * Declares the routes of a pipeline: `defineRoutes({ 'ops-slack': { kind: 'slack', secret: 'SlackWebhookUrl' } })`.
 * @throws ConfigurationError naming every route that is wrong, when the declaration is loaded.
 */
export function defineRoutes(declaration: Readonly<Record<string, z.input<typeof Route>>>): Routes {
  const parsed = Declaration.safeParse(declaration);
  if (parsed.success) return new Map(Object.entries(parsed.data));
  throw new ConfigurationError(`routes are declared wrongly:\n${z.prettifyError(parsed.error)}`);
}

/**
 * How a message goes out on a route. A name that no route has refuses every message: the failure is recorded for that
 * delivery, and the other routes of the same alert go out.
 * @throws ConfigurationError where a secret or topic that the route names is missing.
 */
export function openRoute(routes: Routes, name: string): { readonly kind: string; readonly send: Send } {
  const route = routes.get(name);
  if (route !== undefined) return { kind: route.kind, send: destinations[route.kind].open(route) };
  const known = [...routes.keys()].join(', ') || 'none';
  const reason = `there is no route "${name}" (${known}); declare it in packages/pipeline/src/routes.ts or take it out of the rule`;
  return { kind: kindOf(routes, name), send: async () => ({ result: 'refused', reason }) };
}

/** The kind of a route, as events tell it: `unknown` where there is none of that name. */
export function kindOf(routes: Routes, name: string): string {
  return routes.get(name)?.kind ?? 'unknown';
}
