/**
 * Who is who: an anonymous visitor who signed in is the user from then on and before.
 */

/** A record that says that an anonymous visitor is a known user. */
export interface Alias {
  readonly anonymous: string;
  readonly user: string;
  /** Event time, ms. */
  readonly time: number;
  /** Orders aliases of one time. */
  readonly row: number;
}

/**
 * The name under which a visitor's touches are put together.
 *
 * One level: an anonymous visitor is the user it was first said to be, by (time, row). Whoever is named as a user is one
 * and is never made into another: two known users stay two, also where they share a device.
 */
export function identities(aliases: readonly Alias[]): (visitor: string) => string {
  const users = new Set(aliases.map(({ user }) => user));
  const owner = new Map<string, string>();
  for (const { anonymous, user } of aliases.toSorted((a, b) => a.time - b.time || a.row - b.row || order(a, b))) {
    if (!users.has(anonymous) && !owner.has(anonymous)) owner.set(anonymous, user);
  }
  return (visitor) => owner.get(visitor) ?? visitor;
}

/** Two that say different things at one place and time: by name, so that the order they come in does not matter. */
function order(a: Alias, b: Alias): number {
  if (a.user === b.user) return 0;
  return a.user < b.user ? -1 : 1;
}
