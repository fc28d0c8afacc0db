/**
 * Infra and the registry agree, for a personal stage and for production; and each check notices when they do not.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { environment, triggers, workflows } from '../../packages/functions/src/workflows.ts';
import { handlersBundle } from './checks/handlers.ts';
import { entriesOf, functionOf, type Registry } from './checks/parts.ts';
import {
  functionsAreNotPublic,
  linksFitGrants,
  nothingElseGrants,
  noWildcards,
  queuesAdmitTheirRuleAlone,
  rolesFitGrants,
  rolesTrustLambdaAlone,
} from './checks/policy.ts';
import {
  archiveIsReady,
  bucketIsReady,
  concurrencyIsReserved,
  dataIsKept,
  everythingIsTagged,
  functionsAreCurrent,
  liesInOnePlace,
  logsExpire,
  tableIsReady,
  withinLimits,
} from './checks/resources.ts';
import { loopsAreWatched } from './checks/watching.ts';
import { nothingElseRuns, registryIsWired } from './checks/wiring.ts';
import { faults } from './faults/index.ts';
import { arnOf, at, type Graph, named, ofType, text } from './graph.ts';
import { synthesize } from './synth.ts';

const OPERATIONS = new URL('../../docs/operations.md', import.meta.url);
/** As permanent as `production`, in another region. */
const PERMANENT = 'production-eu';
const registry: Registry = { workflows, triggers };

/** Where the permanent stage lies, and where the others do. */
const THERE = { SYNTH_REGION: 'eu-central-1', SYNTH_ACCOUNT: '210987654321' };
const HERE = ['us-east-1', '123456789012'];

const lasts = ({ stage }: Graph) => stage === PERMANENT;

/** Every check, by its name. */
const checks: Record<string, (graph: Graph) => string[]> = {
  evaluates: (graph) => graph.errors,
  registryIsWired: (graph) => registryIsWired(graph, registry),
  nothingElseRuns: (graph) => nothingElseRuns(graph, registry),
  rolesFitGrants: (graph) => rolesFitGrants(graph, registry),
  linksFitGrants: (graph) => linksFitGrants(graph, registry),
  noWildcards,
  nothingElseGrants,
  functionsAreNotPublic,
  rolesTrustLambdaAlone,
  queuesAdmitTheirRuleAlone,
  functionsAreCurrent,
  logsExpire,
  bucketIsReady,
  tableIsReady,
  archiveIsReady,
  everythingIsTagged: (graph) => everythingIsTagged(graph, registry),
  concurrencyIsReserved: (graph) => concurrencyIsReserved(graph, registry, lasts(graph)),
  loopsAreWatched: (graph) => loopsAreWatched(graph, registry, lasts(graph)),
  dataIsKept: (graph) => dataIsKept(graph, lasts(graph)),
  withinLimits,
  liesInOnePlace: (graph) => liesInOnePlace(graph, lasts(graph) ? HERE : Object.values(THERE)),
};

const EVALUATION_TIMEOUT = 60_000; // about 4 s each on an idle machine
const existing = { bucket: 'acme-event-streams', bus: 'acme-events', table: 'acme-state', topic: 'acme-alerts' };
let personal: Graph;
let production: Graph;
let borrowing: Graph;
let live: Graph;

beforeAll(async () => {
  [personal, production, borrowing, live] = await Promise.all([
    synthesize('ada'),
    synthesize(PERMANENT, THERE),
    synthesize('ada', {
      MILLRACE_BUCKET: existing.bucket,
      MILLRACE_BUS: existing.bus,
      MILLRACE_TABLE: existing.table,
      MILLRACE_TOPIC: existing.topic,
      MILLRACE_WATCHED: 'true',
      MILLRACE_OPERATORS_EMAIL: 'ops@acme.example',
      MILLRACE_CONSOLE_URL: 'https://console.example',
    }),
    synthesize('ada', { SYNTH_DEV: 'true' }),
  ]);
}, EVALUATION_TIMEOUT);

describe.each(['personal', 'production'] as const)('the %s stage', (stage) => {
  it.each(Object.keys(checks))('%s', (name) => {
    expect(checks[name]?.(stage === 'personal' ? personal : production)).toEqual([]);
  });
});

describe('handlers', () => {
  it('can be bundled and export what Lambda calls', async () => {
    expect(await handlersBundle(personal)).toEqual([]);
  });

  it('are seen where they cannot', async () => {
    const builds = {
      Missing: { handler: 'packages/functions/src/nowhere.handler', runtime: 'nodejs22.x', links: {} },
      Silent: { handler: 'packages/functions/src/workflows.handler', runtime: 'nodejs22.x', links: {} },
    };
    const violations = (await handlersBundle({ builds }, 1000)).join('\n');
    expect(violations).toMatch(/workflows.handler: weighs \d+ bytes, more than 1000/);
    expect(violations).toMatch(/nowhere.handler: there is no/);
    expect(violations).toMatch(/workflows.handler: does not export "handler"/);
  });
});

describe('`sst dev`', () => {
  it.each([
    'evaluates',
    'nothingElseRuns',
    'linksFitGrants',
    'queuesAdmitTheirRuleAlone',
    'bucketIsReady',
    'dataIsKept',
  ])('%s', (name) => {
    expect(checks[name]?.(live)).toEqual([]);
  });

  it.each(entriesOf(registry).map((entry) => [entry.name, entry] as const))('hands %s to this machine', (_, entry) => {
    const { lambda, role } = functionOf(live, entry) ?? {};
    expect(text(lambda?.inputs, 'description')).toBe(`${entry.purpose} (live)`);
    expect(lambda?.inputs.runtime).toBe('provided.al2023'); // SST's stub, which calls the code here
    expect(text(role?.inputs, 'assumeRolePolicy')).toContain(':root'); // so that the code here may take the role
  });
});

describe('secrets', () => {
  it('have a placeholder until somebody sets them', () => {
    expect(at(personal.builds.Sender?.links, 'SlackWebhookUrl', 'value')).toBe('unset');
  });
});

describe('the console a stage names', () => {
  it('is linked to by the sender, and by nobody where there is none', () => {
    const linked = (graph: Graph) =>
      entriesOf(registry).flatMap((entry) => {
        const variables = at(functionOf(graph, entry)?.lambda.inputs, 'environment', 'variables');
        const url = text(variables, environment.consoleUrl);
        return url === '' ? [] : [[entry.name, url]];
      });
    expect(linked(borrowing)).toEqual([['sender', 'https://console.example']]);
    expect(linked(personal)).toEqual([]);
  });
});

describe('what exists already', () => {
  it.each([
    ['Topic', 'AlertsTopic'],
    ['Table', 'StateTable'],
    ['EventBus', 'EventsBus'],
  ])('%s is used and left as it is', (type, name) => {
    expect(named(borrowing, type, name)?.existing).toBe(true);
    const others = ofType(borrowing, type).filter((one) => one.name !== name && one.name !== 'OperatorsTopic');
    expect(others).toEqual([]);
  });

  it('the bucket is used and left as it is', () => {
    expect(named(borrowing, 'Bucket', 'StreamsBucket')?.existing).toBe(true);
    expect(ofType(borrowing, 'BucketNotification')).toEqual([]);
    expect(ofType(borrowing, 'BucketPolicy')).toEqual([]);
    for (const type of ['BucketVersioning', 'BucketLifecycleConfiguration'])
      expect(ofType(borrowing, type)).toEqual([]);
    expect(text(borrowing.builds.Copier?.links, 'Streams', 'name')).toBe(existing.bucket);
    expect(text(borrowing.builds.Copier?.links, 'State', 'name')).toBe(existing.table);
    expect(text(borrowing.builds.Copier?.links, 'Events', 'name')).toBe(existing.bus);
    expect(text(borrowing.builds.Sender?.links, 'Alerts', 'arn')).toMatch(
      new RegExp(`^arn:aws:sns:.*:${existing.topic}$`),
    );
  });

  it.each([
    'evaluates',
    'registryIsWired',
    'nothingElseRuns',
    'rolesFitGrants',
    'linksFitGrants',
    'noWildcards',
    'nothingElseGrants',
    'functionsAreNotPublic',
    'rolesTrustLambdaAlone',
    'queuesAdmitTheirRuleAlone',
    'logsExpire',
    'archiveIsReady',
    'everythingIsTagged',
    'withinLimits',
  ])('%s', (name) => {
    expect(checks[name]?.(borrowing)).toEqual([]);
  });
});

it('docs/operations.md counts the alarms of a permanent stage', () => {
  const [, alarms] = /Alarms cost about \$0\.10 a month each \((\d+) of/.exec(readFileSync(OPERATIONS, 'utf8')) ?? [];
  expect(Number(alarms)).toBe(ofType(production, 'MetricAlarm').length);
});

it('operators who gave their address are mailed', () => {
  const topic = arnOf(named(borrowing, 'Topic', 'OperatorsTopic'));
  const subscriptions = ofType(borrowing, 'TopicSubscription').map(({ inputs }) => inputs);
  expect(subscriptions).toEqual([{ topic, protocol: 'email', endpoint: 'ops@acme.example' }]);
  expect(ofType(production, 'TopicSubscription')).toEqual([]);
});

it('a personal stage that asks for it is watched', () => {
  expect(loopsAreWatched(borrowing, registry, true)).toEqual([]);
});

describe('a fault is seen', () => {
  it.each(faults)('$fault: $check', ({ seed, check, says, stage }) => {
    const graph = structuredClone(stage === 'permanent' ? production : personal);
    seed(graph);
    const violations = checks[check]?.(graph) ?? [];
    expect(violations).not.toEqual([]);
    expect(violations.join('\n')).toMatch(says);
  });
});
