/**
 * The state of EventBridge: buses, their rules, the rules' targets; and what happens when an event arrives.
 * Nothing is kept over a restart: whoever starts the stack makes its rules again.
 */

import { type Clock, SECOND } from '@millrace/core/runtime';
import { ACCOUNT } from '../account.ts';
import type { Deliveries, Target } from './delivery.ts';
import { type BusEvent, type Entry, type EntryFailure, isoSeconds, sizeOf, toEvent } from './entry.ts';
import { notFound, Refused, validation } from './fault.ts';
import { type CompiledPattern, compilePattern, InvalidPattern, matchesEvent } from './pattern/index.ts';
import { parseSchedule, type Schedule } from './schedule.ts';

/** Entries of a PutEvents request, and bytes of all of them together (1 MiB since January 2026). */
const MAX_ENTRIES = 10;
const MAX_BYTES = 1024 * 1024;
/** Targets a rule may have. */
const MAX_TARGETS = 5;
/** setTimeout takes 31 bits; a schedule further away is looked at again by then. */
const LONGEST_TIMER = 2 ** 31 - 1;

export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly pattern?: { readonly source: string; readonly compiled: CompiledPattern };
  readonly schedule?: { readonly source: string; readonly parsed: Schedule };
  readonly enabled: boolean;
  readonly targets: Map<string, Target>;
  timer: NodeJS.Timeout | undefined;
}

export interface Bus {
  readonly name: string;
  readonly arn: string;
  readonly rules: Map<string, Rule>;
}

/** Lets a test refuse chosen entries of PutEvents, as EventBridge does under load (`InternalFailure`, throttling). */
export type RefuseEntry = (entry: Entry) => EntryFailure | undefined;

/** What PutEvents answers for one entry. */
export type EntryResult = { readonly EventId: string } | { readonly ErrorCode: string; readonly ErrorMessage: string };

export class Buses {
  readonly #buses = new Map<string, Bus>();
  readonly #deliveries: Deliveries;
  readonly #region: string;
  readonly #now: Clock;
  /** Set by tests only. */
  refuseEntry: RefuseEntry | undefined;

  constructor({ deliveries, region, now }: { deliveries: Deliveries; region: string; now: Clock }) {
    this.#deliveries = deliveries;
    this.#region = region;
    this.#now = now;
    this.create('default');
  }

  create(name: string): Bus {
    if (!/^[/.\-_A-Za-z0-9]{1,256}$/.test(name)) throw validation(`"${name}" is not the name of an event bus`);
    if (this.#buses.has(name)) {
      throw new Refused('ResourceAlreadyExistsException', `Event bus ${name} already exists.`);
    }
    const bus: Bus = { name, arn: this.#arn(`event-bus/${name}`), rules: new Map() };
    this.#buses.set(name, bus);
    return bus;
  }

  /** @param name name or ARN; the default bus where it is absent. */
  find(name = 'default'): Bus {
    const bus = this.#buses.get(name.replace(/^arn:aws:events:[^:]*:[^:]*:event-bus\//, ''));
    if (bus === undefined) throw notFound(`Event bus ${name} does not exist.`);
    return bus;
  }

  delete(name: string): void {
    const bus = this.#buses.get(name);
    if (bus === undefined || name === 'default') return;
    for (const rule of bus.rules.values()) clearTimeout(rule.timer);
    this.#buses.delete(name);
  }

  putRule(
    bus: Bus,
    wanted: { name: string; pattern?: string | undefined; schedule?: string | undefined; enabled: boolean },
  ): Rule {
    if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(wanted.name)) throw validation(`"${wanted.name}" is not the name of a rule`);
    if (wanted.pattern === undefined && wanted.schedule === undefined) {
      throw validation('Parameter(s) EventPattern or ScheduleExpression must be specified.');
    }
    if (wanted.schedule !== undefined && bus.name !== 'default') {
      throw validation('ScheduleExpression is supported only on the default event bus.');
    }
    const before = bus.rules.get(wanted.name);
    clearTimeout(before?.timer);
    const path = bus.name === 'default' ? '' : `${bus.name}/`;
    const rule: Rule = {
      name: wanted.name,
      arn: this.#arn(`rule/${path}${wanted.name}`),
      enabled: wanted.enabled,
      targets: before?.targets ?? new Map<string, Target>(),
      timer: undefined,
      ...(wanted.pattern === undefined ? {} : { pattern: compile(wanted.pattern) }),
      ...(wanted.schedule === undefined
        ? {}
        : { schedule: { source: wanted.schedule, parsed: parseSchedule(wanted.schedule) } }),
    };
    bus.rules.set(rule.name, rule);
    if (rule.schedule !== undefined) this.schedule(rule, rule.schedule.parsed);
    return rule;
  }

  /** Ends every schedule. */
  stop(): void {
    for (const bus of this.#buses.values()) for (const rule of bus.rules.values()) clearTimeout(rule.timer);
  }

  deleteRule(bus: Bus, name: string): void {
    const rule = bus.rules.get(name);
    if (rule === undefined) return;
    if (rule.targets.size > 0) throw validation("Rule can't be deleted since it has targets.");
    clearTimeout(rule.timer);
    bus.rules.delete(name);
  }

  rule(bus: Bus, name: string): Rule {
    const rule = bus.rules.get(name);
    if (rule === undefined) throw notFound(`Rule ${name} does not exist on EventBus ${bus.name}.`);
    return rule;
  }

  putTargets(rule: Rule, targets: readonly Target[]): void {
    for (const target of targets) {
      if (!/^arn:aws:(sqs|lambda):/.test(target.Arn)) {
        throw validation(`The local endpoint delivers to SQS queues and Lambda functions, not to ${target.Arn}`);
      }
    }
    if (new Set([...rule.targets.keys(), ...targets.map((target) => target.Id)]).size > MAX_TARGETS) {
      throw new Refused('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
    }
    for (const target of targets) rule.targets.set(target.Id, target);
  }

  /** PutEvents: resolves when every event is in its targets' queues, or waits for a retry. */
  async put(entries: readonly Entry[]): Promise<EntryResult[]> {
    if (entries.length === 0 || entries.length > MAX_ENTRIES) {
      throw validation(`Value at 'entries' failed to satisfy constraint: 1 to ${MAX_ENTRIES} members`);
    }
    if (entries.reduce((bytes, entry) => bytes + sizeOf(entry), 0) > MAX_BYTES) {
      throw validation('Total size of the entries in the request is over the limit.');
    }
    return await Promise.all(entries.map(async (entry) => await this.#putEntry(entry)));
  }

  /** An event of AWS's own (S3, schedules), which PutEvents would refuse, onto the default bus. */
  async emit(event: Pick<BusEvent, 'source' | 'detail-type' | 'detail' | 'resources' | 'id' | 'time'>): Promise<void> {
    await this.#arrive(this.find(), { version: '0', account: ACCOUNT, region: this.#region, ...event });
  }

  async #putEntry(entry: Entry): Promise<EntryResult> {
    const event =
      this.refuseEntry?.(entry) ?? toEvent(entry, { account: ACCOUNT, region: this.#region, now: this.#now() });
    if ('code' in event) return { ErrorCode: event.code, ErrorMessage: event.message };
    try {
      await this.#arrive(this.find(entry.EventBusName), event);
      return { EventId: event.id };
    } catch (caught) {
      if (!(caught instanceof Refused)) throw caught;
      return { ErrorCode: caught.code, ErrorMessage: caught.message };
    }
  }

  async #arrive(bus: Bus, event: BusEvent): Promise<void> {
    const deliveries: Promise<void>[] = [];
    for (const { enabled, pattern, arn, targets } of bus.rules.values()) {
      if (!enabled || pattern === undefined || !matchesEvent(pattern.compiled, event)) continue;
      for (const target of targets.values()) deliveries.push(this.#deliveries.deliver(arn, target, event));
    }
    await Promise.all(deliveries);
  }

  /** Wakes the rule's targets whenever `schedule` says; what woke them before is forgotten. */
  schedule(rule: Rule, schedule: Schedule): void {
    clearTimeout(rule.timer);
    const due = rule.enabled ? schedule.next(this.#now()) : undefined;
    if (due === undefined) return;
    const wait = Math.min(due - this.#now(), LONGEST_TIMER);
    rule.timer = setTimeout(() => {
      this.schedule(rule, schedule);
      if (this.#now() >= due - SECOND) this.#wake(rule, due);
    }, wait);
  }

  #wake(rule: Rule, due: number): void {
    const event = scheduledEvent({ ruleArn: rule.arn, region: this.#region, time: due, id: crypto.randomUUID() });
    for (const target of rule.targets.values()) void this.#deliveries.deliver(rule.arn, target, event);
  }

  #arn(resource: string): string {
    return `arn:aws:events:${this.#region}:${ACCOUNT}:${resource}`;
  }
}

/** What a schedule sends its targets. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html */
export function scheduledEvent(from: { ruleArn: string; region: string; time: number; id: string }): BusEvent {
  return {
    version: '0',
    id: from.id,
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: ACCOUNT,
    time: isoSeconds(from.time),
    region: from.region,
    resources: [from.ruleArn],
    detail: {},
  };
}

/** @throws Refused (InvalidEventPatternException) */
export function compile(source: string): { source: string; compiled: CompiledPattern } {
  try {
    return { source, compiled: compilePattern(source) };
  } catch (caught) {
    if (caught instanceof InvalidPattern) throw new Refused('InvalidEventPatternException', caught.message);
    throw caught;
  }
}
