/**
 * What the engine tells the sst CLI while it works: Pulumi's engine events, one JSON object a line.
 * https://github.com/pulumi/pulumi/blob/v3.210.0/sdk/go/common/apitype/events.go
 */
import { appendFileSync } from 'node:fs';
import type { ResourceState } from './checkpoint.ts';

export class EventLog {
  readonly #file: string;
  #sequence = 0;

  constructor(file: string) {
    this.#file = file;
  }

  started(config: Readonly<Record<string, string>>): void {
    this.#write({ preludeEvent: { config } });
  }

  making(resource: ResourceState): void {
    this.#write({ resourcePreEvent: { metadata: metadataOf(resource) } });
  }

  made(resource: ResourceState): void {
    this.#write({ resOutputsEvent: { metadata: metadataOf(resource) } });
  }

  /** An error of a resource; sst shows none that is of no resource. */
  failed(message: string, urn: string): void {
    this.#write({ diagnosticEvent: { urn, message, color: 'never', severity: 'error' } });
  }

  ended(seconds: number, made: number): void {
    const summary = { maybeCorrupt: false, durationSeconds: Math.round(seconds), resourceChanges: { create: made } };
    this.#write({ summaryEvent: { ...summary, PolicyPacks: {} } });
  }

  #write(event: object): void {
    const timestamp = Math.floor(Date.now() / 1000);
    appendFileSync(this.#file, `${JSON.stringify({ sequence: this.#sequence, timestamp, ...event })}\n`);
    this.#sequence += 1;
  }
}

function metadataOf({ urn, type, custom, id = '', parent = '' }: ResourceState) {
  const described = { type, urn, custom, id, parent, inputs: {}, outputs: {}, provider: '' };
  return { op: 'create', urn, type, provider: '', new: described };
}
