/**
 * A record of an aliases collection, read as what it says of who is who.
 */
import { type JsonObject, type Layout, valueAt } from '../../stream/index.ts';
import type { Attribution } from '../definition/definition.ts';
import type { Alias } from '../share/identity.ts';
import { eventTime } from './event-time.ts';
import { visitorId } from './visitor.ts';

/** @returns none where it lacks one of the two or a time, or both are the same. */
export function toAliases(
  record: JsonObject,
  place: { readonly collection: string; readonly row: number },
  { aliases }: Pick<Attribution, 'aliases'>,
  layout: Layout,
): Alias[] {
  return aliases.flatMap((declared) => {
    if (declared.collection !== place.collection) return [];
    const anonymous = visitorId(valueAt(record, declared.anonymous));
    const user = visitorId(valueAt(record, declared.user));
    const time = eventTime(valueAt(record, declared.time ?? layout.timePath));
    if (anonymous === undefined || user === undefined || time === undefined || anonymous === user) return [];
    return [{ anonymous, user, time, row: place.row }];
  });
}
