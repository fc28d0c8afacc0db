/**
 * What went back of a conversion's value, by the conversion's name. Refunds of a version of a file count while that version
 * does.
 */
import { Entity } from 'electrodb';
import { concurrently, DAY, expiresAt, log } from '../../runtime/index.ts';
import { expiry, type KeyPart, keyPart, keyPartType, primary, putAll, SERVICE, table } from '../../table/index.ts';
import type { Conversion } from '../record/conversion.ts';
import { lessRefunds, type RefundRecord } from '../record/refund-record.ts';
import { inOrder } from '../share/attribute.ts';
import { counting, type Said, type SideScope, type SideVersion } from './side-version.ts';

/** As long as the file of conversions itself is known. */
const RETENTION = 60 * DAY;
const QUERIES = 16;
/** Refunds of one conversion. A name with more is a mistake (`undefined`), and nothing is taken off. */
export const MAX_REFUNDS = 500;

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
    token: { type: keyPartType, required: true },
    expiresAt: expiry,
  },
  indexes: {
    byConversion: {
      pk: { ...primary.pk, composite: ['project', 'attribution', 'conversion'] },
      sk: { ...primary.sk, composite: ['id', 'file', 'token'] },
    },
  },
});

interface Scope {
  readonly project: KeyPart;
  readonly attribution: KeyPart;
}

/** Writes what a version of a file says, in batches. */
export async function putRefunds(scope: Scope, version: SideVersion, refunds: readonly RefundRecord[]): Promise<void> {
  const { table: name } = table();
  const { token, receivedAt } = version;
  const place = { file: keyPart(version.key), token: keyPart(token), expiresAt: expiresAt(receivedAt + RETENTION) };
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

/** Key of the item of a refund. */
export function refundKeys(scope: Scope, file: string, said: Said, token: string): { pk: string; sk: string }[] {
  const [conversion, id] = [keyPart(said[0]), keyPart(said[1])];
  const key = { ...scope, conversion, id, file: keyPart(file), token: keyPart(token) };
  return [Refund.delete(key).params<{ Key: { pk: string; sk: string } }>(table()).Key];
}

/**
 * The conversions with what went back taken off, strongly consistent, and the tokens of the files that said so. A refund
 * counts once, also where two files carry it; of several conversions of one name in a file it is that of the earliest; one
 * in another currency is none of them.
 */
export async function takeOff(
  scope: Scope,
  conversions: readonly Conversion[],
): Promise<{ readonly conversions: Conversion[]; readonly tokens: string[] }> {
  const net = [...conversions];
  const tokens = new Set<string>();
  const firsts = new Map<string, number>();
  const byTime = [...conversions.entries()].sort(([, a], [, b]) => inOrder(a, b));
  for (const [index, { id }] of byTime) if (!firsts.has(id)) firsts.set(id, index);
  const versions: Parameters<typeof counting>[2] = new Map();
  await concurrently(firsts, QUERIES, async ([id, index]) => {
    const conversion = conversions[index];
    const found = await refundsOf(scope, id, versions);
    for (const { token } of found) tokens.add(token);
    if (conversion !== undefined) net[index] = lessRefunds(conversion, found);
  });
  return { conversions: net, tokens: [...tokens] };
}

async function refundsOf(scope: Scope, conversion: string, versions: Parameters<typeof counting>[2]) {
  const { data } = await Refund.query
    .byConversion({ ...scope, conversion: keyPart(conversion) })
    .go({ ...table(), count: MAX_REFUNDS + 1, consistent: true });
  if (data.length > MAX_REFUNDS) {
    log.warn('a conversion with too many refunds keeps its value', { refunds: MAX_REFUNDS });
    return [];
  }
  const kind: SideScope['kind'] = 'refunds';
  return await counting({ ...scope, kind }, data, versions);
}
