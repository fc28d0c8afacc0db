/**
 * The parameters of a request: each at most once, none that is not known, and whatever is wrong is named.
 */
import { MillraceError } from '@millrace/core/runtime';
import * as z from 'zod';

/** Items of a page where nobody says how many, and the most anybody gets. */
const USUAL = 50;
const MOST = 100;

/** What a request asks for cannot be meant. */
export class BadParameter extends MillraceError {
  readonly parameter: string;

  constructor(parameter: string, problem: string) {
    super('bad_parameter', `${parameter} ${problem}`, { retryable: false });
    this.parameter = parameter;
  }
}

const project = z
  .string({ error: 'is missing; write ?project=NAME with one of /api/projects' })
  .min(1, 'is empty; name one of /api/projects')
  .max(256, 'is longer than a name can be (256 characters)');
const limit = z
  .string()
  .regex(/^\d{1,4}$/, `is no whole number; write 1 to ${MOST}`)
  .transform(Number)
  .refine((count) => count >= 1 && count <= MOST, `is out of range; write 1 to ${MOST}`)
  .default(USUAL);
const after = z.string().min(1, 'is empty; leave it out for the first page').max(4096, 'is no page').optional();

export const ofNothing = z.strictObject({});
export const ofProject = z.strictObject({ project });
export const ofPage = z.strictObject({ project, limit, after });
export const ofStreamPage = z.strictObject({
  project,
  collection: z.string({ error: 'is missing; name one of /api/streams' }).min(1, 'is empty').max(256, 'is too long'),
  limit,
  after,
});
export type PageParameters = z.output<typeof ofPage>;

/** @throws BadParameter naming the first that is wrong. */
export function parseParameters<T extends z.ZodType>(query: URLSearchParams, schema: T): z.output<T> {
  for (const name of query.keys()) {
    if (query.getAll(name).length > 1) throw new BadParameter(name, 'is given twice; give it once');
  }
  const parsed = schema.safeParse(Object.fromEntries(query));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue?.code === 'unrecognized_keys') throw new BadParameter(String(issue.keys[0]), 'is no parameter of this');
  throw new BadParameter(String(issue?.path[0]), issue?.message ?? 'is wrong');
}
