/**
 * What a file contributed, by key: when its producer overwrites it, what the new version no longer says is taken back.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { Entity, type EntityItem } from 'electrodb';
import type { StreamFile } from '../../event/index.ts';
import { DAY, expiresAt } from '../../runtime/index.ts';
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
import { forgetCensuses } from './census.ts';
import { type ContributionKey, contributionDeletion } from './contribution.ts';

/** A file replaced later than this leaves what it said before: no window is open for that long. */
const RETENTION = 15 * DAY;
/** Keys of one item: compressed, they stay far below DynamoDB's 400 KB. */
const CHUNK = 2000;

export const RuleManifest = new Entity({
  model: { entity: 'ruleManifest', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    /** The file's id. */
    file: { type: keyPartType, required: true },
    chunk: { type: 'number', required: true, padding: { length: 6, char: '0' } },
    etag: { type: 'string', required: true },
    /** What this version of the file says, and what an earlier one said that is still to be taken back (`pack`). */
    keys: { type: 'string', required: true },
    stale: { type: 'string' },
    expiresAt: expiry,
  },
  indexes: {
    byFile: {
      pk: { ...primary.pk, composite: ['project', 'file'] },
      sk: { ...primary.sk, composite: ['chunk'] },
    },
  },
});

type Chunk = EntityItem<typeof RuleManifest>;

/** A file's manifest under way: written before the contributions are. */
export interface Manifest {
  /** Contributions of an earlier version of the file that this one does not make. */
  readonly stale: readonly ContributionKey[];
  /** Takes them back; to be called once the others are written. Safe to repeat. */
  takeBack(): Promise<void>;
  /** Forgets them; to be called once their groups are evaluated. */
  close(): Promise<void>;
}

/**
 * Remembers what a version of a file is about to contribute. A crash at any point leaves every key that may lie in the table in
 * one of the lists.
 */
export async function openManifest(
  { project, etag, receivedAt }: StreamFile,
  id: string,
  keys: readonly ContributionKey[],
): Promise<Manifest> {
  const key = { project: keyPart(project), file: keyPart(id) };
  const { data: before } = await RuleManifest.query.byFile(key).go({ ...table(), pages: 'all', consistent: true });
  const replaced = before.filter((chunk) => chunk.etag !== etag).flatMap((chunk) => unpack(chunk.keys));
  await forgetCensuses(replaced);
  const own = new Set(keys.map(textOf));
  const expiry = expiresAt(Date.parse(receivedAt) + RETENTION);
  const count = Math.max(Math.ceil(keys.length / CHUNK), before.length);
  const chunks = Array.from({ length: count }, (_, chunk) => {
    const stale = staleOf(before[chunk], etag).filter((one) => !own.has(textOf(one)));
    return { ...key, chunk, etag, keys: keys.slice(chunk * CHUNK, (chunk + 1) * CHUNK), stale, expiresAt: expiry };
  });
  const stale = chunks.flatMap((chunk) => chunk.stale);
  await write(chunks);
  return {
    stale,
    async takeBack() {
      await deleteAll(stale.map(contributionDeletion(id)), table());
      await forgetCensuses(replaced); // others may have asked for them meanwhile
    },
    async close() {
      if (stale.length > 0) await write(chunks.map((chunk) => ({ ...chunk, stale: [] })));
    },
  };
}

function staleOf(before: Chunk | undefined, etag: string): ContributionKey[] {
  if (before === undefined) return [];
  const left = before.stale === undefined ? [] : unpack(before.stale);
  return before.etag === etag ? left : [...unpack(before.keys), ...left];
}

function textOf({ rule, version, group, window, partition }: ContributionKey): string {
  return `${rule} ${version} ${group} ${window} ${partition}`;
}

type Parts = [project: KeyPart, rule: KeyPart, version: number, group: KeyPart, window: number, partition: KeyPart];

function pack(keys: readonly ContributionKey[]): string {
  const parts = keys.map(
    ({ project, rule, version, group, window, partition }): Parts => [project, rule, version, group, window, partition],
  );
  return gzipSync(JSON.stringify(parts)).toString('base64');
}

/** What `pack` packed. */
function unpack(packed: string): ContributionKey[] {
  const parts: Parts[] = JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString()); // only pack writes it
  return parts.map(([project, rule, version, group, window, partition]) => {
    return { project, rule, version, group, window, partition };
  });
}

async function write(
  chunks: readonly (Omit<Chunk, 'keys' | 'stale'> & Record<'keys' | 'stale', readonly ContributionKey[]>)[],
): Promise<void> {
  const { table: name } = table();
  const items = chunks.map(({ stale, keys, ...chunk }) => {
    const packed = { ...chunk, keys: pack(keys), ...(stale.length === 0 ? {} : { stale: pack(stale) }) };
    return RuleManifest.put(packed).params<{ Item: Record<string, unknown> }>({ table: name }).Item;
  });
  await putAll(items, table());
}
