/**
 * Batch writes that lose nothing: chunks of 25, what DynamoDB hands back unprocessed is tried again with jitter.
 */
import { BatchWriteCommand, type BatchWriteCommandInput, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type Backoff, MillraceError, retryRemaining } from '../runtime/index.ts';

/** Requests DynamoDB takes in one BatchWriteItem. */
const CHUNK = 25;
/** About 10 s of waiting at most; throttling that lasts longer is left to the queue's retry. */
const ATTEMPTS = 8;
const BACKOFF: Backoff = { base: 50, cap: 3000 };

/** Some items of a batch were never written. */
export class UnprocessedItems extends MillraceError {
  constructor(count: number, table: string) {
    super('unprocessed_items', `${count} items were not written to ${table} after ${ATTEMPTS} attempts (throttled)`);
  }
}

type Request = NonNullable<BatchWriteCommandInput['RequestItems']>[string][number];

/**
 * Puts items that already carry their keys (an entity's `.put(…).params().Item`). Items with the same key: the last wins.
 * @throws UnprocessedItems where some were refused to the end.
 */
export async function putAll(
  items: Iterable<Record<string, unknown>>,
  { client, table }: { client: DynamoDBDocumentClient; table: string },
): Promise<void> {
  const byKey = new Map<string, Request>();
  for (const Item of items) byKey.set(`${String(Item.pk)}\n${String(Item.sk)}`, { PutRequest: { Item } });
  await writeAll([...byKey.values()], { client, table });
}

/** Deletes items by key; absent ones are no error. */
export async function deleteAll(
  keys: Iterable<{ pk: string; sk: string }>,
  { client, table }: { client: DynamoDBDocumentClient; table: string },
): Promise<void> {
  const byKey = new Map<string, Request>();
  for (const { pk, sk } of keys) byKey.set(`${pk}\n${sk}`, { DeleteRequest: { Key: { pk, sk } } });
  await writeAll([...byKey.values()], { client, table });
}

async function writeAll(requests: Request[], { client, table }: { client: DynamoDBDocumentClient; table: string }) {
  for (let start = 0; start < requests.length; start += CHUNK) {
    const left = await retryRemaining(
      requests.slice(start, start + CHUNK),
      async (chunk) => {
        const { UnprocessedItems = {} } = await client.send(
          new BatchWriteCommand({ RequestItems: { [table]: chunk } }),
        );
        const unprocessed = UnprocessedItems[table] ?? [];
        return unprocessed.length === 0 ? undefined : unprocessed;
      },
      { times: ATTEMPTS, backoff: BACKOFF },
    );
    if (left !== undefined) throw new UnprocessedItems(left.length, table);
  }
}
