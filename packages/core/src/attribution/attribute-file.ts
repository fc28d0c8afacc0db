/**
 * The attributor's way in: a stream file arrived that holds conversions, touches, aliases, refunds, or nothing of these.
 */
import type { EventOf, StreamFileReceived } from '../event/index.ts';
import { type Clock, log, MillraceError, systemClock } from '../runtime/index.ts';
import { type Layout, SupersededFile } from '../stream/index.ts';
import {
  type AttributedFileKey,
  addSeen,
  attributedFileKey,
  filesBetween,
  provisionalFiles,
  registerFile,
} from './attributed-file.ts';
import { completenessOf, type Patience, settledOf } from './completeness.ts';
import { type Attribution, reachOf, storeOf } from './definition.ts';
import { settle } from './settle.ts';
import { type FileEvent, readAliases, readRefunds, readTouchesForIndex, type Told } from './side-file.ts';

export interface AttributionOptions {
  readonly attributions: readonly Attribution[];
  readonly layout: Layout;
  /** How long (ms) an interval without a touch file is waited for; without it results stay provisional. */
  readonly idleTimeout?: number;
  readonly now?: Clock;
}

/**
 * Attributes the conversions of a file; for a file of touches, aliases or refunds, makes the results of the conversions
 * it bears upon again. Files of other collections cost nothing. Any number of deliveries in any order leave the same
 * results.
 * @throws what a later delivery may heal, and MissingFile where the conversions are gone.
 */
export async function attributeFile(
  event: EventOf<typeof StreamFileReceived>,
  options: AttributionOptions,
): Promise<void> {
  const { project, collection } = event.properties;
  for (const attribution of options.attributions) {
    if (attribution.project !== project) continue;
    const work = new Work(event, attribution, options);
    const { conversions, touches, aliases, refunds } = attribution;
    if (conversions.collection === collection) await work.conversions();
    if (touches.collections.includes(collection)) await work.touches();
    if (aliases.some((alias) => alias.collection === collection)) await work.tell(readAliases);
    if (refunds?.collection === collection) await work.tell(readRefunds);
  }
}

/**
 * Makes results final that waited for touch files which will not come: those of files whose own interval is settled.
 * Safe to run twice at once, and to be skipped for any time.
 * @returns how many files were looked at.
 */
export async function finishAttributions({ attributions, layout, ...options }: AttributionOptions): Promise<number> {
  const patience = patienceOf(options);
  let files = 0;
  for (const attribution of attributions) {
    const { project, conversions } = attribution;
    const waiting = await provisionalFiles({ project, collection: conversions.collection });
    if (waiting.length === 0) continue;
    const settled = await settledOf(attribution, layout, patience);
    const asked = (interval: number) =>
      attribution.touches.collections.map((collection) => ({ collection, interval, file: undefined }));
    for (const key of waiting) {
      if (!completenessOf({ files: asked(key.interval) }, settled, layout).final) continue;
      files++;
      await unlessHopeless(() => settle(key, attribution, layout, patience));
    }
  }
  return files;
}

function patienceOf({ idleTimeout, now = systemClock }: Pick<AttributionOptions, 'idleTimeout' | 'now'>) {
  return idleTimeout === undefined ? undefined : { idleTimeout, now: now() };
}

/** What one file means to one attribution. */
class Work {
  readonly #event: FileEvent;
  readonly #attribution: Attribution;
  readonly #layout: Layout;
  readonly #patience: Patience | undefined;

  constructor(event: FileEvent, attribution: Attribution, options: AttributionOptions) {
    this.#event = event;
    this.#attribution = attribution;
    this.#layout = options.layout;
    this.#patience = patienceOf(options);
  }

  async conversions(): Promise<void> {
    const { properties: file, metadata } = this.#event;
    await registerFile(file, metadata);
    await this.#unlessSuperseded(() => this.#settle(attributedFileKey(file)));
  }

  /** Settles every file of conversions whose lookback reaches the touches. */
  async touches(): Promise<void> {
    if (storeOf(this.#attribution, this.#layout) === 'index') await this.tell(readTouchesForIndex);
    const { project, conversions } = this.#attribution;
    const from = Date.parse(this.#event.properties.interval);
    // A visit of the interval reaches into what lies between, and a conversion to the end of its own.
    const to = from + reachOf(this.#attribution, this.#layout) + this.#layout.intervalLength;
    await this.#settleAll(await filesBetween({ project, collection: conversions.collection }, from, to));
  }

  /** Reads a file into the table, and settles the files of conversions that hear something from it. */
  async tell(read: (event: FileEvent, attribution: Attribution, layout: Layout) => Promise<Told>): Promise<void> {
    await this.#unlessSuperseded(async () => {
      const { files, token } = await read(this.#event, this.#attribution, this.#layout);
      for (const key of files) await addSeen(key, [token]);
      await this.#settleAll(files);
    });
  }

  #settle(key: AttributedFileKey): Promise<void> {
    return settle(key, this.#attribution, this.#layout, this.#patience);
  }

  /** One that cannot be worked keeps none of the others from it. */
  async #settleAll(keys: readonly AttributedFileKey[]): Promise<void> {
    const failures: unknown[] = [];
    for (const key of keys) {
      try {
        await unlessHopeless(() => this.#settle(key));
      } catch (caught) {
        failures.push(caught);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** The file was overwritten: the newer version has an event of its own. */
  async #unlessSuperseded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (caught) {
      if (!(caught instanceof SupersededFile)) throw caught;
      log.info('superseded, left to the newer version', { workflow: 'attributor', error: caught.message });
    }
  }
}

/** Where trying again cannot help, the conversions' own message says so, not that of what bears upon them. */
async function unlessHopeless(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (caught) {
    if (!(caught instanceof MillraceError) || caught.retryable) throw caught;
    log.warn('conversions left as they were', { workflow: 'attributor', code: caught.code, error: caught.message });
  }
}
