/**
 * What went back of a conversion's value, by the conversion's name. Refunds are facts: a newer version of their file adds
 * some and takes none back.
 */
import { Entity } from 'electrodb';
import { concurrently, DAY, expiresAt } from '../runtime/index.ts';
import { expiry, type KeyPart, keyPart, keyPartType, primary, putAll, SERVICE, table } from '../table/index.ts';
import type { Conversion } from './conversion.ts';

/** As long as the file of conversions itself is known. */
const RETENTION = 60 * DAY;
const QUERIES = 16;

export const Refund = new Entity({
  model: { entity: 'refund', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    attribution: { type: keyPartType, required: true },
    conversion: { type: keyPartType, required: true },
    /** The refund's own id. */
    id: { type: keyPartType, required: true },
    file: { type: keyPartType, required: true },
    /** Minor units, positive. */
    value: { type: 'number', required: true },
    currency: { type: 'string', required: true },
    /** Names the version of the file that said so. */
    token: { type: 'string', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byConversion: {
      pk: { ...primary.pk, composite: ['project', 'attribution', 'conversion'] },
      sk: { ...primary.sk, composite: ['id', 'file'] },
    },
  },
});

export interface RefundRecord {
  readonly conversion: string;
  readonly id: string;
  readonly value: number;
  readonly currency: string;
}

interface Scope {
  readonly project: KeyPart;
  readonly attribution: KeyPart;
}

/** Writes what a file says, in batches. */
export async function putRefunds(
  scope: Scope,
  file: { readonly key: string; readonly receivedAt: number; readonly token: string },
  refunds: readonly RefundRecord[],
): Promise<void> {
  const { table: name } = table();
  const place = { file: keyPart(file.key), token: file.token, expiresAt: expiresAt(file.receivedAt + RETENTION) };
  await putAll(
    refunds.map(
      ({ conversion, id, ...money }) =>
        Refund.put({ ...scope, ...place, ...money, conversion: keyPart(conversion), id: keyPart(id) }).params<{
          Item: Record<string, unknown>;
        }>({ table: name }).Item,
    ),
    table(),
  );
}

/**
 * The conversions with what went back taken off, strongly consistent, and the tokens of the files that said so. A refund
 * counts once, also where two files carry it; of several conversions of one name it is the first's; one in another
 * currency is none of them.
 */
export async function takeOff(
  scope: Scope,
  conversions: readonly Conversion[],
): Promise<{ readonly conversions: Conversion[]; readonly tokens: string[] }> {
  const net = [...conversions];
  const tokens = new Set<string>();
  const firsts = new Map<string, number>();
  for (const [index, { id }] of conversions.entries()) if (!firsts.has(id)) firsts.set(id, index);
  await concurrently(firsts, QUERIES, async ([id, index]) => {
    const conversion = conversions[index];
    const { data } = await Refund.query
      .byConversion({ ...scope, conversion: keyPart(id) })
      .go({ ...table(), pages: 'all', consistent: true });
    for (const { token } of data) tokens.add(token);
    const counting = new Map(
      data.filter(({ currency }) => currency === conversion?.currency).map((refund) => [refund.id, refund.value]),
    );
    const refunded = [...counting.values()].reduce((sum, value) => sum + value, 0);
    if (conversion === undefined || refunded === 0 || !Number.isSafeInteger(conversion.value - refunded)) return;
    net[index] = { ...conversion, value: conversion.value - refunded, refunded };
  });
  return { conversions: net, tokens: [...tokens] };
}
