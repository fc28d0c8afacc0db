/**
 * Copies as packages/pipeline declares them.
 */
import * as z from 'zod';
import type { StreamFile } from '../event/index.ts';
import { ConfigurationError, hash, READ_ONCE } from '../runtime/index.ts';
import {
  DerivationSource,
  DerivationTarget,
  type JsonObject,
  type Layout,
  type Placement,
  placementOf,
  refuseCollisions,
  selector,
} from '../stream/index.ts';
import { compileWhere, WhereTree } from '../where/index.ts';
import { sampling } from './sample.ts';
import { type CopyShape, compileShape, type Origin, Shape } from './shape.ts';
import { type ChunkSinkOptions, SinkOptions } from './sink/index.ts';
import type { S3Options } from './sink/s3.ts';

const Declaration = z.strictObject({
  /** Says in events and messages which copy it was. */
  name: z.string().min(1).max(64),
  from: DerivationSource.extend({
    /** Share of the records, taken by their ids; default: all. */
    sample: z.number().gt(0).max(1).optional(),
    /** Which records, in the language of rules: a record for which it does not hold is left out. Default: all. */
    where: WhereTree.optional(),
  }),
  /** Where stream files go; other sinks know by themselves. Default of the collection: the source's. */
  into: DerivationTarget.extend({ collection: DerivationTarget.shape.collection.default('{collection}') }).optional(),
  shape: Shape.prefault({}),
  /** Where to, and in which form; default: gzipped into the bucket that stream files land in. */
  sink: SinkOptions.prefault({ kind: 's3' }),
});
type Declaration = z.output<typeof Declaration>;

/** What a team writes. */
export type CopyDeclaration = z.input<typeof Declaration>;

/** Whether a record is to be copied. */
type Wanted = (record: JsonObject, origin: Origin) => boolean;

interface DeclaredCopy {
  readonly name: string;
  /** The same for the same declaration: work begun under another one is not gone on with. */
  readonly fingerprint: string;
  /** Whether it wants this file. */
  selects(file: StreamFile): boolean;
  /** Which records of such a file it wants; absent for all. */
  readonly wants: ((layout: Layout) => Wanted) | undefined;
  readonly shape: CopyShape;
}

/** A copy into stream files. */
export interface FileCopy extends DeclaredCopy {
  readonly kind: 'files';
  readonly sink: S3Options;
  /** Where its copy of this file goes. */
  placement(file: StreamFile, layout: Layout): Placement;
}

/** A copy that is sent in chunks. */
export interface ChunkCopy extends DeclaredCopy {
  readonly kind: 'chunks';
  readonly sink: ChunkSinkOptions;
}

/** A declared copy, ready to run. */
export type Copy = FileCopy | ChunkCopy;

/**
 * Declares copies.
 * @throws ConfigurationError naming each mistake: an unknown field, two copies that may write the same stream file, a
 *   copy onto its own source.
 */
export function defineCopies(declarations: readonly CopyDeclaration[]): readonly Copy[] {
  const parsed = z.array(Declaration).safeParse(declarations, READ_ONCE);
  if (!parsed.success) throw new ConfigurationError(`copies are not valid:\n${z.prettifyError(parsed.error)}`);
  refuseSharedNames(parsed.data);
  refuseCollisions(
    'copy',
    parsed.data.flatMap(({ name, from, into, sink }) =>
      into !== undefined && sink.kind === 's3' ? [{ name, from, into, bucket: sink.bucket }] : [],
    ),
  );
  return parsed.data.map(compile);
}

/** Chunks sent are remembered by the name of their copy. */
function refuseSharedNames(declarations: readonly Declaration[]): void {
  const names = declarations.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ConfigurationError(`two of the copy declarations are named "${twice}"`);
}

function compile(declaration: Declaration): Copy {
  const { name, from, into, shape, sink } = declaration;
  const declared = {
    name,
    fingerprint: hash(JSON.stringify(declaration, (_, value) => (typeof value === 'function' ? String(value) : value))),
    selects: selector({ from }),
    wants: wanting(from),
    shape: compileShape(shape),
  };
  if (sink.kind !== 's3') {
    if (into === undefined) return { ...declared, kind: 'chunks', sink };
    throw new ConfigurationError(
      `copy "${name}" has a sink of kind ${sink.kind}, which "into" says nothing to; leave it out`,
    );
  }
  if (into === undefined) {
    throw new ConfigurationError(`copy "${name}" needs into: { project }, which says where its stream files go`);
  }
  if (sink.role !== undefined && sink.bucket === undefined) {
    throw new ConfigurationError(`copy "${name}" has a role but no bucket to write to with it; name the bucket`);
  }
  return { ...declared, kind: 'files', sink, placement: (file, layout) => placementOf({ into }, file, layout) };
}

function wanting({ sample, where }: Declaration['from']): DeclaredCopy['wants'] {
  const holds = where === undefined ? undefined : compileWhere(where);
  if (sample === undefined) return holds && (() => holds);
  return (layout) => {
    const taken = sampling(sample, layout.idPath);
    return holds === undefined ? taken : (record, origin) => holds(record) && taken(record, origin);
  };
}
