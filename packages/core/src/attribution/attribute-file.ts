/**
 * The attributor's way in: a stream file arrived that holds conversions, touches, or neither.
 */
import type { EventOf, StreamFile, StreamFileReceived } from '../event/index.ts';
import { log, MillraceError } from '../runtime/index.ts';
import { type Layout, SupersededFile } from '../stream/index.ts';
import { type AttributedFileKey, attributedFileKey, filesBetween, registerFile } from './attributed-file.ts';
import type { Attribution } from './definition.ts';
import { lookbackLength } from './row.ts';
import { settle } from './settle.ts';

export interface AttributionOptions {
  readonly attributions: readonly Attribution[];
  readonly layout: Layout;
}

/**
 * Attributes the conversions of a file; for a file of touches, makes the results of the conversions it can bear upon
 * again. Files of other collections cost nothing. Any number of deliveries in any order leave the same results.
 * @throws what a later delivery may heal, and MissingFile where the conversions are gone.
 */
export async function attributeFile(
  event: EventOf<typeof StreamFileReceived>,
  { attributions, layout }: AttributionOptions,
): Promise<void> {
  const file = event.properties;
  for (const attribution of attributions) {
    if (attribution.project !== file.project) continue;
    if (attribution.conversions.collection === file.collection) {
      await registerFile(file, event.metadata);
      await settleUnlessSuperseded(attributedFileKey(file), attribution, layout);
    } else if (attribution.touches.collections.includes(file.collection)) {
      await settleFollowing(file, attribution, layout);
    }
  }
}

/** The conversions file was overwritten: the newer version has an event of its own. */
async function settleUnlessSuperseded(key: AttributedFileKey, attribution: Attribution, layout: Layout): Promise<void> {
  try {
    await settle(key, attribution, layout);
  } catch (caught) {
    if (!(caught instanceof SupersededFile)) throw caught;
    log.info('superseded, left to the newer version', { workflow: 'attributor', error: caught.message });
  }
}

/**
 * Settles every file of conversions whose lookback reaches a file of touches. One that cannot be worked keeps none of
 * the others from it; where trying again cannot help, its own message says so, not the touches'.
 */
async function settleFollowing(touches: StreamFile, attribution: Attribution, layout: Layout): Promise<void> {
  const from = Date.parse(touches.interval);
  const { project, conversions } = attribution;
  const stream = { project, collection: conversions.collection };
  const failures: unknown[] = [];
  for (const key of await filesBetween(stream, from, from + lookbackLength(attribution, layout))) {
    try {
      await settle(key, attribution, layout);
    } catch (caught) {
      if (!(caught instanceof MillraceError) || caught.retryable) failures.push(caught);
      else
        log.warn('conversions left as they were', { workflow: 'attributor', code: caught.code, error: caught.message });
    }
  }
  if (failures.length > 0) throw failures[0];
}
