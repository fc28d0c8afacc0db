/**
 * Which anonymous visitors records have said to be which users, in the table: one item at each of the two, so that either
 * leads to the other. Links are facts: a newer version of their file adds some and takes none back.
 */
import { Entity, type EntityItem } from 'electrodb';
import { concurrently, DAY, expiresAt } from '../runtime/index.ts';
import { expiry, type KeyPart, keyPart, keyPartType, primary, putAll, SERVICE, table } from '../table/index.ts';
import type { Alias } from './identity.ts';

/** Who has not come back for so long is a new visitor. */
const RETENTION = 400 * DAY;
/** Links of one name that are followed; a name with more is no person but a mistake (`undefined`, a shared login). */
const MAX_LINKS = 50;
/** Links away that something said of one name bears upon another: anonymous → user → anonymous → what it is, too. */
const REACH = 2;
const QUERIES = 16;

export const AliasLink = new Entity({
  model: { entity: 'aliasLink', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    /** Name of the attribution. */
    attribution: { type: keyPartType, required: true },
    /** One of the two. */
    id: { type: keyPartType, required: true },
    /** Which of the two it is. */
    role: { type: ['anonymous', 'user'] as const, required: true },
    other: { type: keyPartType, required: true },
    file: { type: keyPartType, required: true },
    names: {
      type: 'map',
      properties: { anonymous: { type: 'string', required: true }, user: { type: 'string', required: true } },
      required: true,
    },
    /** Event time, ms, and line. */
    time: { type: 'number', required: true },
    row: { type: 'number', required: true },
    /** Names the version of the file that said so. */
    token: { type: 'string', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byName: {
      pk: { ...primary.pk, composite: ['project', 'attribution', 'id'] },
      sk: { ...primary.sk, composite: ['role', 'other', 'file'] },
    },
  },
});
type AliasLink = EntityItem<typeof AliasLink>;

export interface LinkScope {
  readonly project: KeyPart;
  readonly attribution: KeyPart;
}

/** A link, and the version of a file that says so. */
export interface Link extends Alias {
  readonly token: string;
}

/** Writes what a file says, in batches; of several links between the same two the earliest. */
export async function putLinks(
  scope: LinkScope,
  file: { readonly key: string; readonly receivedAt: number },
  links: readonly Link[],
): Promise<void> {
  const earliest = new Map<string, Link>();
  for (const link of links.toSorted((a, b) => b.time - a.time || b.row - a.row)) {
    earliest.set(JSON.stringify([link.anonymous, link.user]), link);
  }
  await putAll(itemsOf(scope, file, earliest.values()), table());
}

function* itemsOf(
  scope: LinkScope,
  { key, receivedAt }: { readonly key: string; readonly receivedAt: number },
  links: Iterable<Link>,
) {
  const { table: name } = table();
  for (const { anonymous, user, time, row, token } of links) {
    const link = { ...scope, file: keyPart(key), names: { anonymous, user }, time, row, token };
    const expires = expiresAt(Math.max(time, receivedAt) + RETENTION);
    for (const [role, id, other] of [
      ['anonymous', anonymous, user],
      ['user', user, anonymous],
    ] as const) {
      yield AliasLink.put({ ...link, role, id: keyPart(id), other: keyPart(other), expiresAt: expires }).params<{
        Item: Record<string, unknown>;
      }>({ table: name }).Item;
    }
  }
}

/** What is known of the people behind some names. */
export interface Circle {
  /** Each link once, in no order. */
  readonly links: readonly Link[];
  /** The names, and all that links lead to. */
  readonly names: ReadonlySet<string>;
}

/**
 * Follows the links of names, strongly consistent: those of the names, of all these lead to, and of all those lead to in
 * turn. A link bears upon exactly the names from which it is found so, whoever looks.
 */
export async function circleOf(scope: LinkScope, names: Iterable<string>): Promise<Circle> {
  const known = new Set(names);
  const links = new Map<string, Link>();
  let frontier = [...known];
  for (let away = 0; away <= REACH && frontier.length > 0; away++) {
    const next = new Set<string>();
    await concurrently(frontier, QUERIES, async (name) => {
      for (const link of await linksOf(scope, name)) {
        links.set(JSON.stringify([link.anonymous, link.user, link.token, link.row]), link);
        for (const other of [link.anonymous, link.user]) if (!known.has(other)) next.add(other);
      }
    });
    frontier = [...next];
    if (away < REACH) for (const name of next) known.add(name);
  }
  return { links: [...links.values()], names: known };
}

async function linksOf(scope: LinkScope, name: string): Promise<Link[]> {
  const { data } = await AliasLink.query
    .byName({ ...scope, id: keyPart(name) })
    .go({ ...table(), limit: MAX_LINKS + 1, consistent: true });
  if (data.length > MAX_LINKS) return [];
  return data.map(({ names, time, row, token }: AliasLink) => ({ ...names, time, row, token }));
}
