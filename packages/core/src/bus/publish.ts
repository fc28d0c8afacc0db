/**
 * Publishing to the typed bus: fills requests up to EventBridge's limits and retries only the entries that failed.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import type { Event } from '../event/index.ts';
import { type Backoff, MillraceError, retryRemaining } from '../runtime/index.ts';
import { busName, eventSource } from '../runtime/resource.ts';

/** Entries a request may hold. */
const MAX_ENTRIES = 10;
/** Bytes of an entry, and of all entries of a request (1 MiB since January 2026). */
const MAX_BYTES = 1024 * 1024;
/** Attempts in all; with the back-off below about 6 s, well inside every handler's time. */
const ATTEMPTS = 6;
const BACKOFF: Backoff = { base: 100, cap: 3000 };

/** Error codes of an entry that trying again cannot heal. */
const FINAL_CODES = new Set(['MalformedDetail', 'InvalidArgument', 'NotAuthorizedForSourceException']);

/** Some events never reached the bus. Publishing all of them again is safe: ids are deterministic. */
export class PublishError extends MillraceError {
  /** The events that did not go, each with EventBridge's reason. */
  readonly unpublished: readonly { readonly event: Event; readonly reason: string }[];

  constructor(unpublished: readonly { event: Event; reason: string }[], options: { retryable?: boolean } = {}) {
    const named = unpublished.slice(0, 5).map(({ event, reason }) => `${event.type} ${event.metadata.id} (${reason})`);
    const more = unpublished.length > named.length ? ` and ${unpublished.length - named.length} more` : '';
    super('publish_failed', `not published: ${named.join(', ')}${more}`, options);
    this.unpublished = unpublished;
  }
}

interface Pending {
  readonly event: Event;
  readonly entry: PutEventsRequestEntry;
  readonly bytes: number;
  reason: string;
}

/**
 * Size of an entry by AWS's own formula: 14 bytes where Time is given, and the UTF-8 bytes of Source, DetailType,
 * Detail and Resources. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
 */
export function entrySize(entry: PutEventsRequestEntry): number {
  let size = entry.Time === undefined ? 0 : 14;
  for (const text of [entry.Source, entry.DetailType, entry.Detail, ...(entry.Resources ?? [])]) {
    if (text !== undefined) size += Buffer.byteLength(text);
  }
  return size;
}

let shared: EventBridgeClient | undefined;
const client = () => {
  shared ??= new EventBridgeClient({});
  return shared;
};

/**
 * Publishes any number of events, at least once each, in requests of at most 10 entries and 1 MiB.
 * Memory: one request's entries beside the events given.
 * @throws PublishError naming the events that never went; those not named did.
 */
export async function publish(
  events: Iterable<Event>,
  options: { readonly client?: EventBridgeClient; readonly backoff?: Backoff } = {},
): Promise<void> {
  const bus = busName();
  const source = eventSource();
  const unpublished: Pending[] = [];
  const send = async (request: Pending[]) => {
    unpublished.push(...(await sendRequest(request, options.client ?? client(), options.backoff ?? BACKOFF)));
  };

  let request: Pending[] = [];
  let bytes = 0;
  for (const event of events) {
    const pending = toPending(event, bus, source);
    if (pending.bytes > MAX_BYTES) {
      pending.reason = `${pending.bytes} bytes, EventBridge takes ${MAX_BYTES}; publish a pointer instead`;
      unpublished.push(pending);
      continue;
    }
    if (request.length === MAX_ENTRIES || bytes + pending.bytes > MAX_BYTES) {
      await send(request);
      request = [];
      bytes = 0;
    }
    request.push(pending);
    bytes += pending.bytes;
  }
  if (request.length > 0) await send(request);
  if (unpublished.length > 0) throw new PublishError(unpublished);
}

function toPending(event: Event, bus: string, source: string): Pending {
  const entry: PutEventsRequestEntry = {
    EventBusName: bus,
    Source: source,
    DetailType: event.type,
    Detail: JSON.stringify({ metadata: event.metadata, properties: event.properties }),
  };
  return { event, entry, bytes: entrySize(entry), reason: '' };
}

/** Sends one request until every entry went or attempts are used up; returns the entries that did not. */
async function sendRequest(request: Pending[], events: EventBridgeClient, backoff: Backoff): Promise<Pending[]> {
  const final: Pending[] = [];
  const left = await retryRemaining(
    request,
    async (entries) => {
      const { Entries = [] } = await events.send(new PutEventsCommand({ Entries: entries.map((one) => one.entry) }));
      const failed: Pending[] = [];
      for (const [index, one] of entries.entries()) {
        const code = Entries[index]?.ErrorCode;
        if (code === undefined) continue;
        one.reason = `${code}: ${Entries[index]?.ErrorMessage ?? ''}`;
        (FINAL_CODES.has(code) ? final : failed).push(one);
      }
      return failed.length === 0 ? undefined : failed;
    },
    { times: ATTEMPTS, backoff },
  );
  return left === undefined ? final : [...final, ...left];
}
