/**
 * Copies as packages/pipeline declares them.
 */
import { z } from 'zod';
import type { StreamFile } from '../event/index.ts';
import { ConfigurationError } from '../runtime/index.ts';
import {
  DerivationSource,
  DerivationTarget,
  type Layout,
  type Placement,
  placementOf,
  refuseCollisions,
  selector,
} from '../stream/index.ts';
import { type CopyShape, compileShape, Shape } from './shape.ts';
import { S3Options } from './sink/s3.ts';

const Declaration = z.strictObject({
  /** Says in events and messages which copy it was. */
  name: z.string().min(1).max(64),
  from: DerivationSource,
  /** Default collection: the source's. */
  into: DerivationTarget.extend({ collection: DerivationTarget.shape.collection.default('{collection}') }),
  shape: Shape.prefault({}),
  /** Where to, and in which form; default: gzipped into the bucket that stream files land in. */
  sink: S3Options.prefault({ kind: 's3' }),
});

/** What a team writes. */
export type CopyDeclaration = z.input<typeof Declaration>;

/** A declared copy, ready to run. */
export interface Copy {
  readonly name: string;
  /** Whether it wants this file. */
  selects(file: StreamFile): boolean;
  /** Where its copy of this file goes. */
  placement(file: StreamFile, layout: Layout): Placement;
  readonly shape: CopyShape;
  readonly sink: S3Options;
}

/**
 * Declares copies.
 * @throws ConfigurationError naming each mistake: an unknown field, two copies that may write the same stream file, a
 *   copy onto its own source.
 */
export function defineCopies(declarations: readonly CopyDeclaration[]): readonly Copy[] {
  const parsed = z.array(Declaration).safeParse(declarations);
  if (!parsed.success) throw new ConfigurationError(`copies are not valid:\n${z.prettifyError(parsed.error)}`);
  refuseCollisions(
    'copy',
    parsed.data.map((declared) => ({ ...declared, bucket: declared.sink.bucket })),
  );
  return parsed.data.map((declared) => ({
    name: declared.name,
    selects: selector(declared),
    placement: (file, layout) => placementOf(declared, file, layout),
    shape: compileShape(declared.shape),
    sink: declared.sink,
  }));
}
