/**
 * The ticker's work on rules: time passes without files too. Windows of silent streams close, `for` and `keepFiringFor`
 * run out, and what a crash left in an outbox is published.
 */
import {
  type Clock,
  concurrently,
  log,
  MINUTE,
  messageOf,
  SECOND,
  systemClock,
  tracedByTime,
} from '../../runtime/index.ts';
import { fromKeyPart, type KeyPart } from '../../table/index.ts';
import type { CompiledRule, StreamDefaults } from '../collect/compile.ts';
import { loadRules } from '../manage/repository.ts';
import { RuleCuts } from '../state/cuts.ts';
import { deleteDeadlines, dueDeadlines, postpone, type RuleDeadline, shards } from '../state/deadline.ts';
import { Watermarks } from '../state/watermark.ts';
import { closeRules } from './close-rules.ts';
import { announceLeftover, evaluateGroup } from './evaluate-group.ts';
import { isFaultOfRule, ruleOfGroup } from './health.ts';
import { reportCrowded, reportFault } from './report-fault.ts';

/** Deadlines read at a time from one shard. */
const PAGE = 200;
/** The ticker ends by itself well before its time is up (55 s); the rest is due in the next minute. */
const BUDGET = 40 * SECOND;
const PARALLEL = 8;
/** Where a fault was found that no file brought about. */
const TICKER = 'ticker';

export interface TickOptions {
  /** The time it is, ms: of the scheduled event, so that a test can move it. */
  readonly now: number;
  readonly layout: StreamDefaults;
  readonly idleTimeout: number;
  /** Measures the tick's own run time. */
  readonly clock?: Clock;
}

/** What a tick did with the deadlines that were due. */
export interface Ticked {
  /** Met: their groups are evaluated. */
  met: number;
  /** Put off by a minute: not final yet, or failed. */
  postponed: number;
  /** Of rules that are gone, disabled or replaced by a newer version. */
  dropped: number;
  /** Groups of such rules whose open episodes were resolved. */
  closed: number;
}

/** Meets every rule deadline that is due. Safe to run twice at once, and to be skipped for any time. */
export async function tick(options: TickOptions): Promise<Ticked> {
  const clock = options.clock ?? systemClock;
  const end = clock() + BUDGET;
  const ticked: Ticked = { met: 0, postponed: 0, dropped: 0, closed: 0 };
  const run = new Tick(options, ticked);
  await concurrently(shards, PARALLEL, async (shard) => {
    while (clock() < end) {
      const due = await dueDeadlines(shard, options.now, PAGE);
      await run.meet(due);
      if (due.length < PAGE) break;
    }
  });
  ticked.closed = await closeRules(options);
  if (ticked.met + ticked.postponed + ticked.dropped + ticked.closed > 0) log.info('rule deadlines', { ...ticked });
  return ticked;
}

/** One run of the ticker: watermarks, and where rules are crowded, are looked up once. */
class Tick {
  readonly #options: TickOptions;
  readonly #ticked: Ticked;
  readonly #watermarks: Watermarks;
  readonly #cuts = new Map<CompiledRule, RuleCuts>();

  constructor(options: TickOptions, ticked: Ticked) {
    const { now, layout, idleTimeout } = options;
    this.#options = options;
    this.#ticked = ticked;
    this.#watermarks = new Watermarks({ now, intervalLength: layout.intervalLength, idleTimeout });
  }

  async meet(due: readonly RuleDeadline[]): Promise<void> {
    const groups = new Map<string, RuleDeadline[]>();
    for (const deadline of due) {
      const { project, rule, version, group } = deadline;
      const name = `${project}#${rule}#${version}#${group}`;
      groups.set(name, [...(groups.get(name) ?? []), deadline]);
    }
    for (const [name, deadlines] of groups) {
      const windowEnd = Math.max(...deadlines.map((one) => one.windowEnd));
      await tracedByTime('rule deadline', [name, windowEnd], () => this.#meetGroup(deadlines));
    }
  }

  async #meetGroup(deadlines: readonly RuleDeadline[]): Promise<void> {
    const [first] = deadlines;
    if (first === undefined) return;
    try {
      const rule = await this.#rule(first);
      if (rule === undefined) {
        const { now, idleTimeout } = this.#options;
        await announceLeftover(first, { watermark: first.windowEnd, now, idleTimeout });
        await deleteDeadlines(deadlines);
        this.#ticked.dropped += deadlines.length;
        return;
      }
      await this.#evaluate(rule, first.group, deadlines);
    } catch (caught) {
      log.error('a rule deadline could not be met; it is tried again in a minute', {
        rule: first.rule,
        version: first.version,
        error: messageOf(caught),
      });
      await this.#postpone(deadlines);
    }
  }

  async #rule({ project, rule, version }: RuleDeadline): Promise<CompiledRule | undefined> {
    const name = fromKeyPart(project);
    const id = fromKeyPart(rule);
    if (name === undefined || id === undefined) return undefined;
    return (await loadRules(name, this.#options.layout, this.#options.now)).find(id, version);
  }

  async #evaluate(rule: CompiledRule, group: KeyPart, deadlines: readonly RuleDeadline[]): Promise<void> {
    const watermark = await this.#watermarks.ofRule(rule);
    const final = deadlines.filter(({ windowEnd }) => windowEnd <= (watermark ?? Number.NEGATIVE_INFINITY));
    if (watermark !== undefined && final.length > 0) {
      await this.#evaluateGroup(rule, group, final, watermark);
      await deleteDeadlines(final);
      this.#ticked.met += final.length;
    }
    await this.#postpone(deadlines.filter((deadline) => !final.includes(deadline)));
  }

  /** @param final deadlines of the group that the watermark has passed. */
  async #evaluateGroup(
    rule: CompiledRule,
    group: KeyPart,
    final: readonly RuleDeadline[],
    watermark: number,
  ): Promise<void> {
    const { now, idleTimeout } = this.#options;
    try {
      const since = Math.min(...final.map(({ windowEnd }) => windowEnd)) - rule.grid.size;
      const time = { watermark, now, idleTimeout, since };
      const partly = await evaluateGroup(ruleOfGroup(rule, group), group, time, this.#cutsOf(rule, watermark));
      await reportCrowded(rule, partly, time);
    } catch (caught) {
      if (isFaultOfRule(caught)) {
        const receivedAt = Math.max(...final.map(({ due }) => due)); // stands for the arrival of a file
        const source = { file: TICKER, receivedAt };
        await reportFault(rule, caught, { watermarks: this.#watermarks, now: () => now, idleTimeout, ...source });
      }
      throw caught;
    }
  }

  #cutsOf(rule: CompiledRule, watermark: number): RuleCuts {
    const cuts = this.#cuts.get(rule) ?? new RuleCuts(rule, watermark + 1);
    this.#cuts.set(rule, cuts);
    return cuts;
  }

  async #postpone(deadlines: readonly RuleDeadline[]): Promise<void> {
    for (const deadline of deadlines) await postpone(deadline, this.#options.now + MINUTE);
    this.#ticked.postponed += deadlines.length;
  }
}
