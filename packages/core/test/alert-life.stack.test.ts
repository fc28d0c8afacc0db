/**
 * Alerts from the files that raise them to what people do with them: the real rule engine and the real router, over
 * table, bucket and bus. What people did stays while files are replayed and rules edited; and of the levels of a rule
 * that one window raises, what is told follows from the rule.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type AlertEvent,
  acknowledge,
  assign,
  comment,
  defineInhibitions,
  defineRoutes,
  listComments,
  listDeliveries,
  listEpisodes,
} from '../src/alert/index.ts';
import { routeEvent } from '../src/alert/test/stack.ts';
import { applyRules, type Rule, type RuleInput } from '../src/rule/index.ts';
import { at, minutes, rule } from '../src/rule/test/rules.ts';
import { connect, evaluate, type FileEvent, line, put, receive, tickAt } from '../src/rule/test/stack.ts';
import { markUndone } from '../src/stream/progress.ts';

await connect();

const routes = defineRoutes({ ops: { kind: 'sns', topic: 'Alerts' }, second: { kind: 'sns', topic: 'Alerts' } });
const inhibitions = defineInhibitions([
  { source: ['severity=critical'], target: ['severity=~warning|info'], equal: ['rule', 'partition'] },
]);

const project = 'shop';
const apply = (given: Rule, minute: number) => applyRules([given], { now: () => minutes(minute) });
const records = (count: number, minute: number) => Array.from({ length: count }, () => at(minute));

/** A file of so many records, of the interval that begins so many minutes after 09:00. */
async function deliver(minute: number, count: number): Promise<FileEvent> {
  const file = await put({ project, collection: 'events', interval: minutes(minute), records: records(count, minute) });
  await receive(file);
  await evaluate(file, minutes(minute + 16));
  return file;
}

/** The events of alerts that reached the bus, in the order in which they did. */
function events(): AlertEvent[] {
  return line.published.flatMap(
    ({ type, detail }) => (type.startsWith('rule.alert_') ? [{ type, ...JSON.parse(detail) } as AlertEvent] : []), // the evaluator's own
  );
}

async function route(some: readonly AlertEvent[] = events()): Promise<void> {
  for (const event of some) await routeEvent(event, { routes, inhibitions });
}

/** `9:00@1 firing kim lee` for each episode: start, version, status, who acknowledged, whose it is. */
async function episodes(): Promise<string[]> {
  return (await listEpisodes(project)).map(({ alert, status, acknowledged, assignee }) =>
    [`${alert.startedAt.slice(11, 16)}@${alert.rule.version}`, status, acknowledged?.by, assignee]
      .filter(Boolean)
      .join(' '),
  );
}

describe('what people did with an episode', () => {
  const many = (given: Partial<RuleInput> = {}) => rule({ id: 'many', ...given });
  const texts = async () => {
    const [first] = await listEpisodes(project);
    return first && (await listComments({ project, episode: first.episode })).map(({ text }) => text);
  };
  let files: FileEvent[] = [];
  /** As `millrace replay` does it, twice; and the events that came of them, twice again, the last first. */
  const replay = async (minute: number, order = files) => {
    await markUndone(
      'evaluator',
      files.map(({ properties }) => properties),
    );
    for (const file of [...order, ...order]) await evaluate(file, minutes(minute));
    await route([...events().toReversed(), ...events()]);
  };

  beforeEach(async () => {
    await apply(many(), 0);
    files = [await deliver(0, 3), await deliver(5, 3)];
    await route();
    const [raised] = await listEpisodes(project);
    const key = { project, episode: raised?.episode ?? '' };
    await acknowledge(key, { by: 'kim', at: minutes(20) });
    await assign(key, 'lee');
    await comment(key, { at: minutes(21), by: 'lee', text: 'the bank is down' });
    expect(await episodes()).toEqual(['09:00@1 firing kim lee']);
  });

  it('stays when its files are replayed and its events come again', async () => {
    await replay(22, files.toReversed());
    expect(await episodes()).toEqual(['09:00@1 firing kim lee']);
    expect(await texts()).toEqual(['the bank is down']);
    expect(await listDeliveries(project)).toHaveLength(1);
  });

  it.each<[string, Partial<RuleInput>]>([
    ['its severity', { severity: 'critical' }],
    ['who hears of it, and how', { notify: { routes: ['second'], repeat: '4h', groupBy: ['rule'] } }],
    ['its name, labels and template', { name: 'Too many', labels: { team: 'a' }, template: 'too many: {value}' }],
  ])('stays when the rule is edited: %s; the episode goes on and ends as itself', async (_, edit) => {
    await apply(many(edit), 21);
    await replay(22);
    expect(await episodes()).toEqual(['09:00@1 firing kim lee']);
    files.push(await deliver(10, 0));
    await replay(27);
    expect(await episodes()).toEqual(['09:00@1 resolved kim lee']);
    expect(await texts()).toEqual(['the bank is down']);
    expect(
      (await listDeliveries(project)).map(({ route: name, sequence }) => `${sequence} ${name}`).toSorted(),
    ).toEqual(['1 ops', '2 ops']);
  });

  it('stays with the episode of its version, which ends, when what the rule does is edited; the next is nobody’s yet', async () => {
    await apply(
      many({ signal: { kind: 'aggregate', aggregate: { fn: 'count' }, compare: { op: 'gte', value: 2 } } }),
      21,
    );
    await tickAt(minutes(22));
    await replay(22);
    expect((await episodes()).toSorted()).toEqual(['09:00@1 resolved kim lee', '09:00@2 firing']);
    files.push(await deliver(10, 0));
    await replay(27);
    expect((await episodes()).toSorted()).toEqual(['09:00@1 resolved kim lee', '09:00@2 resolved']);
  });
});

describe('two levels that one window raises', () => {
  const levelled = rule({
    levels: [{ severity: 'critical', compare: { op: 'gte', value: 5 } }],
  });
  const orders: Record<string, (raises: readonly AlertEvent[]) => Promise<void>> = {
    'the warning first': (raises) => route(raises),
    'the critical alert first': (raises) => route(raises.toReversed()),
    'both at once, five times each': async (raises) => {
      const all = Array.from({ length: 5 }, () => raises).flat();
      await Promise.all(all.map((event) => route([event])));
    },
  };
  const told = async () => (await listDeliveries(project)).map(({ id: _, episode: __, ...one }) => one);

  it.each(Object.entries(orders))('tell of the worse, routed %s', async (_, routed) => {
    await apply(levelled, 0);
    await deliver(0, 6);
    await deliver(5, 6);
    const raises = events();
    expect(raises.map(({ properties }) => properties.severity)).toEqual(['warning', 'critical']);
    await routed(raises);
    const critical = raises.find(({ properties }) => properties.severity === 'critical')?.properties.episode;
    const sent = (await listDeliveries(project)).filter(({ state }) => state === 'pending');
    expect(sent.map(({ episode }) => episode)).toEqual([critical]);
    expect((await told()).map(({ state, reason }) => [state, reason]).toSorted()).toEqual([
      ['pending', undefined],
      ['suppressed', 'inhibited by an alert of rule'],
    ]);
  });
});
