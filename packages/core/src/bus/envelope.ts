/**
 * An event as EventBridge puts it into a queue, for what puts events there itself.
 */
import type { Event } from '../event/index.ts';
import { iso } from '../runtime/index.ts';
import { eventSource } from '../runtime/resource.ts';

/** @param region says who put it there. */
export function envelopeOf({ type, metadata, properties }: Event, region: string): object {
  const { receivedAt } = Object(properties) as { receivedAt?: unknown }; // anything may have none
  return {
    version: '0',
    id: metadata.id,
    'detail-type': type,
    source: eventSource(),
    account: '000000000000',
    time: typeof receivedAt === 'string' ? receivedAt : iso(0),
    region,
    resources: [],
    detail: { metadata, properties },
  };
}
