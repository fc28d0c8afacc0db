/**
 * Does the emulator hold every deployed resource as the stage asked for it? Each is read back through the API of its own
 * service; a type that nobody knows how to read back fails.
 */
import assert from 'node:assert/strict';
import { eventLooks, messageLooks } from './events.ts';
import { functionLooks, roleLooks } from './functions.ts';
import { clientSettings, type Inputs, type Look } from './look.ts';
import { bucketLooks, tableLooks } from './storage.ts';
import { watchingLooks } from './watching.ts';

/** A resource in the state of the stage, as `sst state export` shows it. */
export interface Deployed {
  readonly urn: string;
  readonly type: string;
  /** Physical; absent for components. */
  readonly id?: string;
  readonly inputs?: Inputs;
}

/** @returns how many it looked at. @throws AssertionError naming the resource and what differs. */
export async function inspect(resources: readonly Deployed[], endpoint: string): Promise<number> {
  const settings = clientSettings(endpoint);
  const looks: Readonly<Record<string, Look>> = {
    ...bucketLooks(settings),
    ...tableLooks(settings),
    ...eventLooks(settings),
    ...messageLooks(settings),
    ...functionLooks(settings),
    ...roleLooks(settings),
    ...watchingLooks(settings),
  };
  const made = resources.filter(({ type }) => type.startsWith('aws:'));
  for (const { urn, type, id = '', inputs = {} } of made) {
    const look = looks[type];
    assert.ok(look, `somebody can read back what ${urn} became`);
    for (const [property, [found, wanted]] of Object.entries(await look(inputs, id))) {
      assert.deepEqual(found, wanted, `${urn}: ${property} is what was asked for`);
    }
  }
  return made.length;
}
