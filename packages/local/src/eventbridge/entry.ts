/**
 * One entry of PutEvents: what AWS accepts, how it counts its size, and the event it becomes.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';

export const Entry = z.object({
  EventBusName: z.string().optional(),
  Source: z.string().optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  Resources: z.array(z.string()).optional(),
  /** Seconds since 1970, as JSON 1.1 sends a timestamp. */
  Time: z.number().optional(),
  TraceHeader: z.string().optional(),
});
export type Entry = z.infer<typeof Entry>;

/** What an event looks like to rules and targets. */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** ISO 8601 in whole seconds, as EventBridge writes it. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

/** Why an entry did not go: the ErrorCode and ErrorMessage of its result. */
export interface EntryFailure {
  readonly code: string;
  readonly message: string;
}

/** Bytes by AWS's formula: 14 for Time, and the UTF-8 of Source, DetailType, Detail and Resources. */
export function sizeOf(entry: Entry): number {
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...(entry.Resources ?? [])];
  return texts.reduce((size, text) => size + Buffer.byteLength(text ?? ''), entry.Time === undefined ? 0 : 14);
}

/**
 * The event an entry becomes, or why it does not.
 * @param now milliseconds since 1970, for an entry without a time.
 */
export function toEvent(
  entry: Entry,
  { account, region, now }: { account: string; region: string; now: number },
): BusEvent | EntryFailure {
  const { Source, DetailType, Detail } = entry;
  if (!Source) return missing('Source');
  if (!DetailType) return missing('DetailType');
  if (!Detail) return missing('Detail');
  if (/^aws\./i.test(Source)) {
    return { code: 'NotAuthorizedForSourceException', message: 'Not authorized for the source.' };
  }
  const detail = parseDetail(Detail);
  if (detail === undefined) return { code: 'MalformedDetail', message: 'Detail is malformed.' };
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': DetailType,
    source: Source,
    account,
    time: isoSeconds(entry.Time === undefined ? now : entry.Time * 1000),
    region,
    resources: entry.Resources ?? [],
    detail,
  };
}

const missing = (argument: string): EntryFailure => ({
  code: 'InvalidArgument',
  message: `Parameter ${argument} is not valid. Reason: ${argument} is a required argument.`,
});

/** A JSON object, or undefined. */
function parseDetail(text: string): object | undefined {
  try {
    const detail: unknown = JSON.parse(text);
    return typeof detail === 'object' && detail !== null && !Array.isArray(detail) ? detail : undefined;
  } catch {
    return undefined;
  }
}

/** `2017-10-02T16:24:49Z`. */
export function isoSeconds(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
