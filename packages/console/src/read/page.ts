/**
 * Bounded pages of a query within one project. A page's `next` names the project and the list it belongs to, and the
 * query's own key condition is the project's: a page of one tenant opens nothing of another's.
 */
import { nameOf } from '@millrace/core/runtime';
import { table } from '@millrace/core/table';
import { BadParameter } from '../parameters.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** `after` of the page that follows; absent on the last. */
  readonly next?: string;
}

export interface PageQuery {
  readonly limit: number;
  readonly after?: string | undefined;
}

type Options = ReturnType<typeof table> & { readonly limit: number; readonly cursor: string | null };

/**
 * Runs one page of a query.
 * @param scope what is paged: the list, the project, and what else narrows it.
 * @throws BadParameter where `after` is of no page of this list.
 */
export async function pageOf<Item, T>(
  scope: readonly string[],
  { limit, after }: PageQuery,
  query: (options: Options) => Promise<{ data: Item[]; cursor: string | null }>,
  view: (item: Item) => T,
): Promise<Page<T>> {
  const cursor = after === undefined ? null : openMark(scope, after);
  const { data, cursor: rest } = await query({ ...table(), limit, cursor }).catch((caught: unknown) => {
    throw cursor !== null && isInvalid(caught) ? new BadParameter('after', 'is of no page of this list') : caught;
  });
  return { items: data.map(view), ...(rest === null ? {} : { next: sealMark(scope, rest) }) };
}

/** Where a list goes on, as text that fits a URL. */
export function sealMark(scope: readonly string[], position: string): string {
  return Buffer.from(JSON.stringify([...scope, position])).toString('base64url');
}

/** @returns the position. @throws BadParameter where it is not of this list. */
export function openMark(scope: readonly string[], after: string): string {
  try {
    const mark: unknown = JSON.parse(Buffer.from(after, 'base64url').toString());
    if (Array.isArray(mark) && mark.length === scope.length + 1 && scope.every((part, at) => mark[at] === part)) {
      const position: unknown = mark.at(-1);
      if (typeof position === 'string') return position;
    }
  } catch {
    // as wrong as one of another list
  }
  throw new BadParameter('after', 'is of no page of this list; take the "next" of the page before');
}

/** Whether ElectroDB or DynamoDB refused the cursor. */
function isInvalid(caught: unknown): boolean {
  for (let error = caught; error instanceof Error; error = error.cause) {
    if (nameOf(error) === 'ValidationException' || /cursor/i.test(error.message)) return true;
  }
  return false;
}
