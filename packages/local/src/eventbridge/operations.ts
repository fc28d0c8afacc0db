/**
 * The operations of EventBridge that the endpoint answers, each from its request's JSON to its answer's.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html
 */
import * as z from 'zod';
import { type Bus, type Buses, compile, type Rule } from './buses.ts';
import { Target } from './delivery.ts';
import { Entry } from './entry.ts';
import { validation } from './fault.ts';
import { matchesEvent } from './pattern/index.ts';

type Operation = (buses: Buses, input: unknown) => Promise<object> | object;

/** An operation whose request must fit `schema`; one that does not is a ValidationException. */
function operation<S extends z.ZodType>(
  schema: S,
  run: (buses: Buses, input: z.output<S>) => Promise<object> | object,
): Operation {
  return (buses, input) => {
    const parsed = schema.safeParse(input);
    if (!parsed.success) throw validation(z.prettifyError(parsed.error));
    return run(buses, parsed.data);
  };
}

const onBus = { EventBusName: z.string().optional() };
const ofRule = { ...onBus, Rule: z.string() };

const describeBus = (bus: Bus) => ({ Name: bus.name, Arn: bus.arn });
const describeRule = (bus: Bus, rule: Rule) => ({
  Name: rule.name,
  Arn: rule.arn,
  EventBusName: bus.name,
  State: rule.enabled ? 'ENABLED' : 'DISABLED',
  EventPattern: rule.pattern?.source,
  ScheduleExpression: rule.schedule?.source,
});

export const operations: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  [
    'PutEvents',
    operation(z.object({ Entries: z.array(Entry) }), async (buses, { Entries }) => {
      const results = await buses.put(Entries);
      return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
    }),
  ],
  [
    'CreateEventBus',
    operation(z.object({ Name: z.string() }), (buses, { Name }) => ({ EventBusArn: buses.create(Name).arn })),
  ],
  [
    'DescribeEventBus',
    operation(z.object({ Name: z.string().optional() }), (buses, { Name }) => describeBus(buses.find(Name))),
  ],
  [
    'DeleteEventBus',
    operation(z.object({ Name: z.string() }), (buses, { Name }) => {
      buses.delete(Name);
      return {};
    }),
  ],
  [
    'PutRule',
    operation(
      z.object({
        ...onBus,
        Name: z.string(),
        EventPattern: z.string().optional(),
        ScheduleExpression: z.string().optional(),
        State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
      }),
      (buses, { EventBusName, Name, EventPattern, ScheduleExpression, State }) => {
        const wanted = {
          name: Name,
          pattern: EventPattern,
          schedule: ScheduleExpression,
          enabled: State === 'ENABLED',
        };
        return { RuleArn: buses.putRule(buses.find(EventBusName), wanted).arn };
      },
    ),
  ],
  [
    'DeleteRule',
    operation(z.object({ ...onBus, Name: z.string() }), (buses, { EventBusName, Name }) => {
      buses.deleteRule(buses.find(EventBusName), Name);
      return {};
    }),
  ],
  [
    'DescribeRule',
    operation(z.object({ ...onBus, Name: z.string() }), (buses, { EventBusName, Name }) => {
      const bus = buses.find(EventBusName);
      return describeRule(bus, buses.rule(bus, Name));
    }),
  ],
  [
    'ListRules',
    operation(z.object({ ...onBus, NamePrefix: z.string().default('') }), (buses, { EventBusName, NamePrefix }) => {
      const bus = buses.find(EventBusName);
      const rules = [...bus.rules.values()].filter((rule) => rule.name.startsWith(NamePrefix));
      return { Rules: rules.map((rule) => describeRule(bus, rule)) };
    }),
  ],
  [
    'PutTargets',
    operation(z.object({ ...ofRule, Targets: z.array(Target).min(1) }), (buses, { EventBusName, Rule, Targets }) => {
      buses.putTargets(buses.rule(buses.find(EventBusName), Rule), Targets);
      return { FailedEntryCount: 0, FailedEntries: [] };
    }),
  ],
  [
    'RemoveTargets',
    operation(z.object({ ...ofRule, Ids: z.array(z.string()).min(1) }), (buses, { EventBusName, Rule, Ids }) => {
      const { targets } = buses.rule(buses.find(EventBusName), Rule);
      for (const id of Ids) targets.delete(id);
      return { FailedEntryCount: 0, FailedEntries: [] };
    }),
  ],
  [
    'ListTargetsByRule',
    operation(z.object(ofRule), (buses, { EventBusName, Rule }) => {
      return { Targets: [...buses.rule(buses.find(EventBusName), Rule).targets.values()] };
    }),
  ],
  [
    'TestEventPattern',
    operation(z.object({ EventPattern: z.string(), Event: z.string() }), (_, { EventPattern, Event }) => ({
      Result: matchesEvent(compile(EventPattern).compiled, parseEvent(Event)),
    })),
  ],
]);

const TestedEvent = z.looseObject({
  id: z.string(),
  account: z.string(),
  source: z.string(),
  time: z.string(),
  region: z.string(),
  'detail-type': z.string(),
});

function parseEvent(text: string): unknown {
  try {
    return TestedEvent.parse(JSON.parse(text));
  } catch {
    const fields = 'id, account, source, time, region and detail-type';
    throw validation(`Parameter Event is not valid: it must be a JSON object with ${fields}`);
  }
}
