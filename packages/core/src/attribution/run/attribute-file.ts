/**
 * The attributor's way in: a stream file arrived that holds conversions, touches, aliases, refunds, or nothing of these.
 */
import type { EventOf, StreamFileReceived } from '../../event/index.ts';
import { concurrently, log } from '../../runtime/index.ts';
import { SupersededFile } from '../../stream/index.ts';
import { type Attribution, reachOf, storeOf } from '../definition/definition.ts';
import type { AttributionStreams } from '../definition/file-form.ts';
import type { Patience } from '../lookback/completeness.ts';
import { type FileEvent, readAliases, readRefunds, readTouchesForIndex, type Told } from '../side/side-file.ts';
import {
  type AttributedFileKey,
  addSeen,
  attributedFileKey,
  filesBetween,
  type KnownFile,
  leaveBehind,
  registerFile,
} from './attributed-file.ts';
import { settle } from './settle.ts';
import { type AttributionOptions, patienceOf, unlessHopeless } from './work.ts';

/** Files of conversions that one of something else brings up to it itself; at ten seconds for a large one, most of a run. */
const AT_ONCE = 20;

/** Requests under way at once. */
const WRITES = 16;

/**
 * Attributes the conversions of a file; for a file of touches, aliases or refunds, makes the results of the conversions
 * it bears upon again: of 20 files of them itself, and the finisher of the rest. Files of other collections cost nothing. Any
 * number of deliveries in any order leave the same results. An attribution that cannot be worked keeps none of the others from it.
 * @throws the first failure, afterwards: what a later delivery may heal, and MissingFile where the conversions are gone.
 */
export async function attributeFile(
  event: EventOf<typeof StreamFileReceived>,
  options: AttributionOptions,
): Promise<void> {
  const { project, collection } = event.properties;
  const own = options.attributions.filter((attribution) => attribution.project === project);
  await concurrently(own, 1, async (attribution) => {
    const work = new Work(event, attribution, options);
    const { conversions, touches, aliases, refunds } = attribution;
    if (conversions.collection === collection) await work.conversions();
    if (touches.collections.includes(collection)) await work.touches();
    if (aliases.some((alias) => alias.collection === collection)) await work.tell(readAliases);
    if (refunds?.collection === collection) await work.tell(readRefunds);
  });
}

/** What one file means to one attribution. */
class Work {
  readonly #event: FileEvent;
  readonly #attribution: Attribution;
  readonly #streams: AttributionStreams;
  readonly #patience: Patience | undefined;

  constructor(event: FileEvent, attribution: Attribution, options: AttributionOptions) {
    this.#event = event;
    this.#attribution = attribution;
    this.#streams = options;
    this.#patience = patienceOf(options);
  }

  async conversions(): Promise<void> {
    const { properties: file, metadata } = this.#event;
    await registerFile(file, metadata);
    await this.#unlessSuperseded(() => this.#settle(attributedFileKey(file)));
  }

  /** Settles every file of conversions whose lookback reaches the touches. */
  async touches(): Promise<void> {
    if (storeOf(this.#attribution, this.#streams) === 'index') await this.tell(readTouchesForIndex);
    const { project, conversions } = this.#attribution;
    const from = Date.parse(this.#event.properties.interval);
    // A visit of the interval reaches into what lies between, and a conversion to the end of its own.
    const { layout } = this.#streams;
    const to = from + reachOf(this.#attribution, layout) + layout.intervalLength;
    await this.#settleAll(await filesBetween({ project, collection: conversions.collection }, from, to));
  }

  /** Reads a file into the table, and settles the files of conversions that hear something from it. */
  async tell(
    read: (event: FileEvent, attribution: Attribution, streams: AttributionStreams) => Promise<Told>,
  ): Promise<void> {
    await this.#unlessSuperseded(async () => {
      const { files, token, forget } = await read(this.#event, this.#attribution, this.#streams);
      await concurrently(files, WRITES, (key) => addSeen(key, [token]));
      await this.#settleAll(files.toSorted((a, b) => a.interval - b.interval));
      await forget();
    });
  }

  #settle(key: AttributedFileKey): Promise<void> {
    return settle(key, this.#attribution, this.#streams, this.#patience);
  }

  /**
   * The first of them, oldest first, and the rest is left to the finisher: old files of touches reach back into weeks of conversions, which
   * each of them in turn would make anew. One that cannot be worked keeps none of the others from it.
   */
  async #settleAll(files: readonly KnownFile[]): Promise<void> {
    await leaveBehind(files.slice(AT_ONCE));
    await concurrently(files.slice(0, AT_ONCE), 1, (key) => unlessHopeless(() => this.#settle(key)));
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
