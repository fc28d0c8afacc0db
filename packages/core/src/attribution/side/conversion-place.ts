/**
 * Which files hold the conversions of a visitor, and the conversion of a name: what says later that a visitor is a user,
 * that a touch came before, or that money went back finds the results it bears upon.
 */
import { Entity } from 'electrodb';
import type { StreamFile } from '../../event/index.ts';
import { concurrently, DAY, expiresAt } from '../../runtime/index.ts';
import { expiry, keyPart, keyPartType, primary, putAll, SERVICE, table, timeKey } from '../../table/index.ts';
import { type AttributedFileKey, attributedFileKey } from '../run/attributed-file.ts';

/** As long as the file of conversions itself is known. */
const RETENTION = 60 * DAY;
const QUERIES = 16;

export const ConversionPlace = new Entity({
  model: { entity: 'conversion', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    collection: { type: keyPartType, required: true },
    by: { type: ['visitor', 'id'] as const, required: true },
    value: { type: keyPartType, required: true },
    interval: timeKey,
    file: { type: keyPartType, required: true },
    /** ms; from where the lookback of the file's conversions begins to the last of them. */
    from: { type: 'number', required: true },
    to: { type: 'number', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byValue: {
      pk: { ...primary.pk, composite: ['project', 'collection', 'by', 'value'] },
      sk: { ...primary.sk, composite: ['interval', 'file'] },
    },
  },
});

/** What conversions are found by. */
export interface Names {
  readonly visitor: Iterable<string>;
  readonly id: Iterable<string>;
}

/** When (ms) what bears upon a file's conversions happened: from where their lookback begins to the last of them. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Remembers, in batches, whose conversions a file holds. Idempotent. */
export async function putPlaces(source: StreamFile, names: Names, span: Span): Promise<void> {
  const { table: name } = table();
  const place = {
    ...attributedFileKey(source),
    ...span,
    expiresAt: expiresAt(Date.parse(source.receivedAt) + RETENTION),
  };
  const item = (by: 'visitor' | 'id', value: string) =>
    ConversionPlace.put({ ...place, by, value: keyPart(value) }).params<{ Item: Record<string, unknown> }>({
      table: name,
    }).Item;
  function* items() {
    for (const visitor of new Set(names.visitor)) yield item('visitor', visitor);
    for (const id of new Set(names.id)) yield item('id', id);
  }
  await putAll(items(), table());
}

/** A file that holds conversions. */
export interface Place extends Span {
  readonly key: AttributedFileKey;
}

/** The files that hold conversions of any of the names, strongly consistent; each once. */
export async function placesOf(
  stream: { readonly project: string; readonly collection: string },
  by: 'visitor' | 'id',
  values: Iterable<string>,
): Promise<Place[]> {
  const places = new Map<string, Place>();
  await concurrently(new Set(values), QUERIES, async (value) => {
    const { data } = await ConversionPlace.query
      .byValue({ project: keyPart(stream.project), collection: keyPart(stream.collection), by, value: keyPart(value) })
      .go({ ...table(), pages: 'all', consistent: true });
    for (const { project, collection, interval, file, from, to } of data) {
      places.set(`${interval} ${file}`, { key: { project, collection, interval, file }, from, to });
    }
  });
  return [...places.values()];
}
