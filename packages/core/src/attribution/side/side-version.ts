/**
 * Versions of a file of aliases, refunds or indexed touches. What a version says lies in the table under keys of its own,
 * and one item a file (`SideFile`, of touches `TouchFile`) names the version that counts: a newer one takes the older one's
 * place all at once, and what the older said and the newer does not is taken back. Each version leaves a list of what it
 * says (`SideManifest`, written before any of it), so that whoever takes its place knows which conversions to tell, and what
 * to delete.
 *
 * A slow run of an older version may write when the newer one counts already: it deletes all of that again itself. Where it
 * dies before, nobody reads what it wrote, and that expires.
 */
import { Entity, type EntityItem } from 'electrodb';
import { concurrently, DAY } from '../../runtime/index.ts';
import {
  deleteAll,
  expiry,
  type KeyPart,
  keyPart,
  keyPartType,
  primary,
  putAll,
  SERVICE,
  table,
} from '../../table/index.ts';
import { isHeld, type Named, nameVersion, type ObjectVersion } from '../lookback/newest-version.ts';

/** Who has not come back for so long is a new visitor; refunds outlive the conversions they are about. */
export const SIDE_RETENTION = 400 * DAY;
/** Characters of a list in one item: at 3 bytes each, well below DynamoDB's 400 KB. */
const CHUNK = 64 * 1024;
/** Requests under way at once. */
const GETS = 16;

const ofFile = {
  project: { type: keyPartType, required: true },
  /** Name of the attribution; of touches, which attributions may share, that of their set. */
  attribution: { type: keyPartType, required: true },
  kind: { type: ['aliases', 'refunds', 'touches'] as const, required: true },
  file: { type: keyPartType, required: true },
} as const;

export const SideFile = new Entity({
  model: { entity: 'sideFile', version: '1', service: SERVICE },
  attributes: {
    ...ofFile,
    /** Names the version that counts. */
    token: { type: keyPartType, required: true },
    /** ms; of two versions the newer one counts (`nameVersion`). */
    receivedAt: { type: 'number', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byFile: {
      pk: { ...primary.pk, composite: ['project', 'attribution', 'kind', 'file'] },
      sk: { ...primary.sk, composite: [] },
    },
  },
});

export const SideManifest = new Entity({
  model: { entity: 'sideManifest', version: '1', service: SERVICE },
  attributes: {
    ...ofFile,
    token: { type: keyPartType, required: true },
    chunk: { type: 'number', required: true, padding: { length: 6, char: '0' } },
    receivedAt: { type: 'number', required: true },
    /** JSON of `Said[]`. */
    said: { type: 'string', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byFile: {
      pk: { ...primary.pk, composite: ['project', 'attribution', 'kind', 'file'] },
      sk: { ...primary.sk, composite: ['token', 'chunk'] },
    },
  },
});
type SideManifest = EntityItem<typeof SideManifest>;

/**
 * One thing a file says: an anonymous visitor and a user, a conversion and the refund's id, or a visitor and an hour in
 * which there are touches.
 */
export type Said = readonly [string, string, ...string[]];

export interface SideScope {
  readonly project: KeyPart;
  readonly attribution: KeyPart;
  readonly kind: SideManifest['kind'];
}

/** A version of a file, its token that under which it is in the table. */
export interface SideVersion extends ObjectVersion, Named {
  /** When what is known of it is of no use any more, in seconds since 1970. */
  readonly expiresAt: number;
}

/** How a version of a kind is put into the table. */
export interface Placing {
  /** What the version says. */
  readonly says: Iterable<Said>;
  /** Puts that into the table, under keys that name the version's token. */
  write(): Promise<void>;
  /** Makes the version the one that counts unless a newer one does; which one does then. */
  makeCurrent(): Promise<Named | undefined>;
  /** The keys of what a version said. */
  keysOf(said: Said, token: string): readonly { readonly pk: string; readonly sk: string }[];
}

/** What is to be told once a version is in the table, and deleted once everybody has been. */
export interface Replacement {
  /** What this version says, and what others said that are not, or not yet, deleted. */
  said(): Generator<Said>;
  /**
   * Deletes what older versions said or, where this is one of them itself, what it said. Safe to repeat. One request of the
   * bucket for each 64 KB of that, and nothing more is deleted once the version that it holds is another.
   */
  forget(): Promise<void>;
}

/**
 * Puts a version of a file into the table, in the place of the older ones. A run that is cut off anywhere and done again
 * leaves the same. Memory: the lists of the versions there are, as text.
 */
export async function replaceVersion(
  scope: SideScope,
  version: SideVersion,
  { says, write, makeCurrent, keysOf }: Placing,
): Promise<Replacement> {
  const key = { ...scope, file: keyPart(version.key) };
  await putAll(manifestOf(key, version, says), table());
  await write();
  const current = await makeCurrent();
  const { data: chunks } = await SideManifest.query.byFile(key).go({ ...table(), pages: 'all', consistent: true });
  const own = keyPart(version.token);
  const isOvertaken = current !== undefined && keyPart(current.token) !== own;
  // Its own second too: the bucket holds it when they are deleted, and whoever was newer had left no list yet.
  const through = current?.receivedAt ?? 0;
  const stale = chunks.filter(({ token, receivedAt }) =>
    isOvertaken ? token === own : token !== own && receivedAt <= through,
  );
  return {
    *said() {
      for (const chunk of chunks) yield* saidBy(chunk);
    },
    async forget() {
      // its own not by what lies there: whoever took its place may have deleted that list while this was still writing
      const lists: Iterable<List> = isOvertaken ? listsOf(own, says) : stale;
      for (const list of lists) {
        // what an older version said may be put again meanwhile, and is written anew under the same keys
        if ((await isHeld(version)) === isOvertaken) return;
        const keys = saidBy(list).flatMap((one) => keysOf(one, list.token));
        await deleteAll(keys, table());
      }
      await deleteAll(
        stale.map((chunk) => SideManifest.delete(chunk).params<{ Key: { pk: string; sk: string } }>(table()).Key),
        table(),
      );
    },
  };
}

/** One version's list, or a part of it. */
type List = Pick<SideManifest, 'token' | 'said'>;

function* listsOf(token: KeyPart, says: Iterable<Said>): Generator<List> {
  for (const said of chunksOf(says)) yield { token, said };
}

type FileKey = SideScope & { readonly file: KeyPart };

function* manifestOf(key: FileKey, { token, receivedAt, expiresAt }: SideVersion, said: Iterable<Said>) {
  const { table: name } = table();
  const common = { ...key, token: keyPart(token), receivedAt, expiresAt };
  let chunk = 0;
  for (const text of chunksOf(said)) {
    const item = { ...common, chunk: chunk++, said: text };
    yield SideManifest.put(item).params<{ Item: Record<string, unknown> }>({ table: name }).Item;
  }
}

function* chunksOf(said: Iterable<Said>): Generator<string> {
  let texts: string[] = [];
  let length = 0;
  for (const one of said) {
    const text = JSON.stringify(one);
    if (texts.length > 0 && length + text.length >= CHUNK) {
      yield `[${texts.join()}]`;
      texts = [];
      length = 0;
    }
    texts.push(text);
    length += text.length + 1;
  }
  if (texts.length > 0) yield `[${texts.join()}]`;
}

const saidBy = ({ said }: Pick<SideManifest, 'said'>): Said[] => JSON.parse(said); // only `chunksOf` writes it

/** Makes a version of aliases or refunds the one that counts, unless a newer one does. */
export async function makeSideCurrent(scope: SideScope, version: SideVersion): ReturnType<Placing['makeCurrent']> {
  const { key, token, receivedAt, expiresAt } = version;
  const file = { ...scope, file: keyPart(key) };
  const put = (over: string) =>
    SideFile.upsert({ ...file, token: keyPart(token), receivedAt, expiresAt })
      .where(
        (known, { notExists, lt, eq }) =>
          `${notExists(known.receivedAt)} OR ${lt(known.receivedAt, receivedAt)} OR (${eq(known.receivedAt, receivedAt)} AND ${eq(known.token, keyPart(over))})`,
      )
      .go(table());
  const known = async () => (await SideFile.get(file).go({ ...table(), consistent: true })).data ?? undefined;
  await nameVersion(version, put, known);
  return await known();
}

/**
 * Of what was found, what versions say that count, strongly consistent.
 * @param known versions that were asked for before; it is filled.
 */
export async function counting<T extends { readonly file: KeyPart; readonly token: string }>(
  scope: SideScope,
  found: readonly T[],
  known: Map<KeyPart, string | undefined> = new Map(),
): Promise<T[]> {
  const files = new Set(found.map(({ file }) => file).filter((file) => !known.has(file)));
  await concurrently(files, GETS, async (file) => {
    const { data } = await SideFile.get({ ...scope, file }).go({ ...table(), consistent: true });
    known.set(file, data?.token);
  });
  return found.filter(({ file, token }) => known.get(file) === token);
}
