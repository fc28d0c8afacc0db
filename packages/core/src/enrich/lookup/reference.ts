/**
 * Reference tables: what the ids in records stand for. Filled by a team, read by the enricher.
 */
import { BatchGetCommand, type BatchGetCommandInput } from '@aws-sdk/lib-dynamodb';
import { Entity } from 'electrodb';
import { type Backoff, MillraceError, retryRemaining } from '../../runtime/index.ts';
import type { JsonValue } from '../../stream/index.ts';
import { keyPart, keyPartType, primary, putAll, SERVICE, table } from '../../table/index.ts';

/** What an id stands for. Configuration, not state: it is as true next year, so it does not expire. */
export const Reference = new Entity({
  model: { entity: 'reference', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    table: { type: keyPartType, required: true },
    id: { type: keyPartType, required: true },
    /** As JSON: any value comes back as it went in, whatever its property names. */
    json: { type: 'string', required: true },
  },
  indexes: {
    byTable: {
      pk: { ...primary.pk, composite: ['project', 'table'] },
      sk: { ...primary.sk, composite: ['id'] },
    },
  },
});

/** Names a reference table. */
export interface ReferenceTable {
  readonly project: string;
  readonly table: string;
}

export interface ReferenceEntry {
  readonly id: string;
  readonly value: JsonValue;
}

/** UTF-8 bytes of a value as JSON; bounds what a batch of lookups can hold. */
const MAX_VALUE_BYTES = 8 * 1024;
/** Entries held in memory at once while loading. */
const LOAD_CHUNK = 500;

/** An entry that no table takes. */
export class InvalidReference extends MillraceError {
  constructor(table: string, id: string, message: string) {
    super('invalid_reference', `reference table ${table}, id "${id.slice(0, 64)}": ${message}`, { retryable: false });
  }
}

/**
 * Writes entries into a reference table, over what it has for their ids; ids not given stay. Idempotent.
 * Functions that looked an id up see its new value within the cache's lifetime (five minutes).
 * @returns how many entries were given.
 * @throws InvalidReference at the first entry without an id or with a value over 8 KiB of JSON; those before it are in.
 */
export async function loadReferences(
  to: ReferenceTable,
  entries: Iterable<ReferenceEntry> | AsyncIterable<ReferenceEntry>,
): Promise<number> {
  const { client, table: name } = table();
  const scope = { project: keyPart(to.project), table: keyPart(to.table) };
  let items: Record<string, unknown>[] = [];
  let count = 0;
  for await (const { id, value } of entries) {
    const reference = { ...scope, id: keyPart(id), json: checked(to.table, id, value) };
    items.push(Reference.put(reference).params<{ Item: Record<string, unknown> }>({ table: name }).Item);
    count += 1;
    if (items.length < LOAD_CHUNK) continue;
    await putAll(items, { client, table: name });
    items = [];
  }
  await putAll(items, { client, table: name });
  return count;
}

function checked(table: string, id: string, value: JsonValue): string {
  if (id === '') throw new InvalidReference(table, id, 'the id is empty');
  const json = JSON.stringify(value) as string | undefined; // undefined where a caller passes what is no JSON value
  if (json === undefined) throw new InvalidReference(table, id, 'it has no value');
  const bytes = Buffer.byteLength(json);
  if (bytes <= MAX_VALUE_BYTES) return json;
  throw new InvalidReference(table, id, `the value has ${bytes} bytes of JSON, at most ${MAX_VALUE_BYTES} are taken`);
}

/** Keys DynamoDB takes in one BatchGetItem. */
const CHUNK = 100;
/** About 10 s of waiting at most; throttling that lasts longer is left to the queue's retry. */
const ATTEMPTS = 8;
const BACKOFF: Backoff = { base: 50, cap: 3000 };

/** The table kept refusing to read some ids. */
export class UnreadReferences extends MillraceError {
  constructor({ project, table }: ReferenceTable, count: number) {
    super(
      'unread_references',
      `${count} ids of ${table} (${project}) were not read after ${ATTEMPTS} attempts (throttled)`,
    );
  }
}

/**
 * What a reference table has for some ids, as JSON; an id it lacks is missing from the answer. Reads may lag a write by
 * a moment (eventually consistent, at half the price).
 * @throws UnreadReferences where DynamoDB left keys unprocessed to the end.
 */
export async function fetchReferences(from: ReferenceTable, ids: Iterable<string>): Promise<Map<string, string>> {
  const { client, table: name } = table();
  const keyOf = keysOf(from, name);
  const idBySortKey = new Map<unknown, string>();
  for (const id of ids) idBySortKey.set(keyOf(id).sk, id);
  const keys = [...idBySortKey.values()].map(keyOf);
  const found = new Map<string, string>();
  for (let start = 0; start < keys.length; start += CHUNK) {
    const left = await retryRemaining<NonNullable<BatchGetCommandInput['RequestItems']>>(
      { [name]: { Keys: keys.slice(start, start + CHUNK), ProjectionExpression: 'sk, json' } },
      async (RequestItems) => {
        const { Responses = {}, UnprocessedKeys = {} } = await client.send(new BatchGetCommand({ RequestItems }));
        for (const { sk, json } of Responses[name] ?? []) {
          const id = idBySortKey.get(sk);
          if (id !== undefined && typeof json === 'string') found.set(id, json);
        }
        return UnprocessedKeys[name]?.Keys?.length ? UnprocessedKeys : undefined;
      },
      { times: ATTEMPTS, backoff: BACKOFF },
    );
    if (left !== undefined) throw new UnreadReferences(from, left[name]?.Keys?.length ?? 0);
  }
  return found;
}

/**
 * The keys of a table's ids: the entity's own, taken from it once for a sample id, because asking it for each costs as
 * much as reading the record.
 */
function keysOf({ project, table }: ReferenceTable, name: string): (id: string) => { pk: string; sk: string } {
  const sample = keyPart('-');
  const { Key } = Reference.get({ project: keyPart(project), table: keyPart(table), id: sample }).params<{
    Key: { pk: string; sk: string };
  }>({ table: name });
  const prefix = Key.sk.slice(0, -sample.length);
  return (id) => ({ pk: Key.pk, sk: `${prefix}${keyPart(id)}` });
}
