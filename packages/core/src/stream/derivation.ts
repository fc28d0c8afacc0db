/**
 * What a declaration derives: which stream files it selects, by project and collection globs, and which one it writes
 * for each, by templates. Declarations whose files could overwrite each other, or their own source, are refused.
 */
import * as z from 'zod';
import type { StreamFile } from '../event/index.ts';
import { ConfigurationError, hash } from '../runtime/index.ts';
import type { Layout, Placement } from './layout.ts';

/** A folder of a key, and a name an event carries. */
const name = z
  .string()
  .min(1)
  .max(256)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  .regex(/^[^/\u0000-\u001f\u007f]*$/, 'a name has no slash and no control character');

/** A name, or a glob of names: `*` stands for any characters. */
export const nameGlob = name;

/** A name with `{project}` and `{collection}` of the source file filled in. */
const template = name.refine(
  (text) => !/[{}]/.test(text.replace(/\{(project|collection)\}/g, '')),
  'the placeholders are {project} and {collection}',
);

/** Which files: one project, and collections by name or glob (`*` stands for any characters). */
export const DerivationSource = z.strictObject({
  project: name,
  collections: z.array(name).min(1, 'name a collection, or leave it out for all').default(['*']),
});

/** Where to. `part` tells apart files that would have one project, collection and interval. */
export const DerivationTarget = z.strictObject({ project: name, collection: template, part: template.optional() });

/** A declaration as far as its files go. */
export interface Derivation {
  readonly name: string;
  readonly from: { readonly project: string; readonly collections: readonly string[] };
  readonly into: { readonly project: string; readonly collection: string; readonly part?: string | undefined };
  /** The bucket it writes to; absent for the one that stream files land in. */
  readonly bucket?: string | undefined;
}

/** Whether a declaration wants a file. */
export function selector({ from }: Pick<Derivation, 'from'>): (file: StreamFile) => boolean {
  const wanted = nameMatcher(from.collections);
  return (file) => file.project === from.project && wanted(file.collection);
}

/** Whether a name is one of the globs'. */
export function nameMatcher(globs: readonly string[]): (name: string) => boolean {
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const sources = globs.map((glob) => glob.split('*').map(literal).join('.*'));
  const pattern = new RegExp(`^(?:${sources.join('|')})$`, 's');
  return (text) => pattern.test(text);
}

/**
 * Where the file derived from `file` goes: the same source always to the same place. A source that does not lie at the
 * one key its layout gives an interval is told apart by a hash of its key.
 * @param layout the source's.
 */
export function placementOf({ into }: Pick<Derivation, 'into'>, file: StreamFile, layout: Layout): Placement {
  const { project, collection } = file;
  const interval = Date.parse(file.interval);
  const place = { project: into.project, collection: fill(into.collection, file), interval };
  const told = layout.key({ project, collection, interval }) === file.key ? [] : [hash(file.key).slice(0, 12)];
  const parts = [...(into.part === undefined ? [] : [fill(into.part, file)]), ...told];
  return parts.length === 0 ? place : { ...place, part: parts.join('-') };
}

function fill(text: string, names: { readonly project: string; readonly collection: string }): string {
  return text.replace(/\{(project|collection)\}/g, (_, which: 'project' | 'collection') => names[which]);
}

/**
 * @param kind `copy`, `enrichment`: how messages call the declarations.
 * @throws ConfigurationError where two share a name, or a stream file could be written twice or over its own source.
 */
export function refuseCollisions(kind: string, derivations: readonly Derivation[]): void {
  for (const [index, one] of derivations.entries()) {
    refuseOwnSource(kind, one);
    refuseFunnel(kind, one);
    for (const other of derivations.slice(0, index)) {
      if (one.name === other.name)
        throw new ConfigurationError(`two of the ${kind} declarations are named "${one.name}"`);
      if (!mayMeet(one, other)) continue;
      throw new ConfigurationError(
        `${kind} "${other.name}" and ${kind} "${one.name}" may write the same stream file (project ${one.into.project}); ` +
          'give one of them another collection or a part',
      );
    }
  }
}

function refuseOwnSource(kind: string, { name, from, into, bucket }: Derivation): void {
  if (bucket !== undefined) return; // whether it is the bucket of the source after all is known when it runs
  const target = into.collection.replaceAll('{project}', from.project);
  const same = target.includes('{collection}')
    ? target === '{collection}'
    : from.collections.some((glob) => globsMeet(glob, target));
  if (into.project !== from.project || !same) return;
  throw new ConfigurationError(
    `${kind} "${name}" would write into a stream it reads (project ${from.project}, collection ${into.collection}); ` +
      'give it another project or a collection such as {collection}_derived',
  );
}

/** Several collections into one stream file without a part to tell them apart. */
function refuseFunnel(kind: string, { name, from, into }: Derivation): void {
  const one = from.collections.length === 1 && !from.collections[0]?.includes('*');
  if (one || `${into.collection}${into.part ?? ''}`.includes('{collection}')) return;
  throw new ConfigurationError(
    `${kind} "${name}" writes several collections into "${into.collection}", where files of one interval would ` +
      "overwrite each other; add part: '{collection}'",
  );
}

/** Whether some two files could lead both declarations to one placement. */
function mayMeet(one: Derivation, other: Derivation): boolean {
  if (one.into.project !== other.into.project || one.bucket !== other.bucket) return false;
  return targetGlobs(one).some((left) => targetGlobs(other).some((right) => globsMeet(left, right)));
}

/** Collection and part of what a declaration writes, as globs. */
function targetGlobs({ from, into }: Derivation): string[] {
  const targets = `${into.collection}\n${into.part ?? ''}`; // names have no line break that a `*` in one could swallow
  return from.collections.map((collection) => fill(targets, { project: from.project, collection }));
}

/** Whether some text matches both globs. */
export function globsMeet(left: string, right: string): boolean {
  // From the ends: reach[j] says whether the rest of `left` and the rest of `right` from j have a text in common.
  let after: boolean[] = [];
  for (let i = left.length; i >= 0; i--) {
    const reach: boolean[] = [];
    for (let j = right.length; j >= 0; j--) {
      const ended = i === left.length && j === right.length;
      const skipLeft = (left[i] === '*' || right[j] === '*') && after[j] === true;
      const skipRight = (left[i] === '*' || right[j] === '*') && reach[j + 1] === true;
      const both = i < left.length && left[i] === right[j] && after[j + 1] === true;
      reach[j] = ended || skipLeft || skipRight || both;
    }
    after = reach;
  }
  return after[0] === true;
}
