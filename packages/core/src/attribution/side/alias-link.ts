/**
 * Which anonymous visitors records have said to be which users, in the table: one item at each of the two, so that either
 * leads to the other. Those of a version of a file count while that version does.
 */
import { Entity, type EntityItem } from 'electrodb';
import { concurrently, log } from '../../runtime/index.ts';
import { expiry, type KeyPart, keyPart, keyPartType, primary, putAll, SERVICE, table } from '../../table/index.ts';
import type { Alias } from '../share/identity.ts';
import { counting, type Said, type SideScope, type SideVersion } from './side-version.ts';

/**
 * Links of one name that are followed: of whoever signs in each day for as long as links are kept, and more. A name with
 * more is no person but a mistake (`undefined`, a shared login), and its links are none: it stays itself, and nobody else
 * becomes it.
 */
export const MAX_LINKS = 500;
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
    token: { type: keyPartType, required: true },
    expiresAt: expiry,
  },
  indexes: {
    byName: {
      pk: { ...primary.pk, composite: ['project', 'attribution', 'id'] },
      sk: { ...primary.sk, composite: ['role', 'other', 'file', 'token'] },
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

/** The links of a file, of several between the same two the earliest. */
export function earliestLinks(links: readonly Link[]): Link[] {
  const earliest = new Map<string, Link>();
  for (const link of links.toSorted((a, b) => b.time - a.time || b.row - a.row)) {
    earliest.set(JSON.stringify([link.anonymous, link.user]), link);
  }
  return [...earliest.values()];
}

/** Writes what a version of a file says, in batches. */
export async function putLinks(scope: LinkScope, version: SideVersion, links: readonly Link[]): Promise<void> {
  await putAll(itemsOf(scope, version, links), table());
}

function* itemsOf(scope: LinkScope, { key, token, expiresAt }: SideVersion, links: Iterable<Link>) {
  const { table: name } = table();
  const place = { ...scope, file: keyPart(key), token: keyPart(token), expiresAt };
  for (const { anonymous, user, time, row } of links) {
    for (const end of endsOf([anonymous, user])) {
      const link = { ...place, ...end, names: { anonymous, user }, time, row };
      yield AliasLink.put(link).params<{ Item: Record<string, unknown> }>({ table: name }).Item;
    }
  }
}

/** Keys of the items of a link. */
export function linkKeys(scope: LinkScope, file: string, said: Said, token: string): { pk: string; sk: string }[] {
  const place = { ...scope, file: keyPart(file), token: keyPart(token) };
  return endsOf(said).map(
    (end) => AliasLink.delete({ ...place, ...end }).params<{ Key: { pk: string; sk: string } }>(table()).Key,
  );
}

function endsOf([anonymous, user]: Said) {
  const [own, other] = [keyPart(anonymous), keyPart(user)];
  return [
    { role: 'anonymous', id: own, other },
    { role: 'user', id: other, other: own },
  ] as const;
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
  const crowded = new Set<string>();
  const versions: Versions = new Map();
  let frontier = [...known];
  // One step more than is followed, for whether those at the far end have too many.
  for (let away = 0; away <= REACH + 1 && frontier.length > 0; away++) {
    const next = new Set<string>();
    await concurrently(frontier, QUERIES, async (name) => {
      const found = await linksOf(scope, name, versions);
      if (found === 'too many') crowded.add(name);
      else if (away <= REACH)
        for (const link of found) {
          links.set(JSON.stringify([link.anonymous, link.user, link.token, link.row]), link);
          for (const other of [link.anonymous, link.user]) if (!known.has(other)) next.add(other);
        }
    });
    frontier = [...next];
    if (away < REACH) for (const name of next) known.add(name);
  }
  if (crowded.size > 0) log.warn('names with too many links', { names: crowded.size, linksOfEach: MAX_LINKS });
  const followed = [...links.values()].filter(({ anonymous, user }) => !crowded.has(anonymous) && !crowded.has(user));
  return { links: followed, names: known };
}

type Versions = NonNullable<Parameters<typeof counting>[2]>;

async function linksOf(scope: LinkScope, name: string, versions: Versions): Promise<Link[] | 'too many'> {
  const { data } = await AliasLink.query
    .byName({ ...scope, id: keyPart(name) })
    .go({ ...table(), count: MAX_LINKS + 1, consistent: true });
  if (data.length > MAX_LINKS) return 'too many';
  const kind: SideScope['kind'] = 'aliases';
  const found: AliasLink[] = await counting({ ...scope, kind }, data, versions);
  return found.map(({ names, time, row, token }) => ({ ...names, time, row, token }));
}
