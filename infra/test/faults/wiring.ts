/**
 * Mistakes in what runs, and what wakes it.
 */
import { change, drop, remove } from '../tamper.ts';
import type { Fault } from './fault.ts';

export const wiringFaults: readonly Fault[] = [
  {
    fault: 'a pattern that lets a workflow eat its own output',
    seed: (graph) =>
      change(graph, 'EventRule', 'CopierRule', { eventPattern: '{"detail-type":["stream.file_received"]}' }),
    check: 'registryIsWired',
    says: /copier: rule: pattern/,
  },
  {
    fault: 'a rule on the default bus',
    seed: (graph) => {
      drop(graph, 'EventRule', 'RouterRule', 'eventBusName');
      drop(graph, 'EventTarget', 'RouterTarget', 'eventBusName');
    },
    check: 'registryIsWired',
    says: /router: rule: eventBusName/,
  },
  {
    fault: 'a workflow without its rule',
    seed: (graph) => remove(graph, 'EventRule', 'EnricherRule'),
    check: 'registryIsWired',
    says: /enricher: 0 rules/,
  },
  {
    fault: 'a queue without dead letters',
    seed: (graph) => drop(graph, 'Queue', 'CopierEventsQueue', 'redrivePolicy'),
    check: 'registryIsWired',
    says: /copier: its queue has no dead-letter queue/,
  },
  {
    fault: 'a queue that shows a message again while a run has it',
    seed: (graph) => change(graph, 'Queue', 'CopierEventsQueue', { visibilityTimeoutSeconds: 30 }),
    check: 'registryIsWired',
    says: /visibilityTimeoutSeconds is 30/,
  },
  {
    fault: 'a mapping that fails whole batches',
    seed: (graph) => change(graph, 'EventSourceMapping', 'IngestSource', { functionResponseTypes: [] }),
    check: 'registryIsWired',
    says: /ingest: mapping: functionResponseTypes/,
  },
  {
    fault: 'a function that nobody asked for',
    seed: (graph) => {
      graph.builds.Stray = { handler: 'packages/functions/src/stray.handler', runtime: 'nodejs22.x', links: {} };
    },
    check: 'nothingElseRuns',
    says: /Stray/,
  },
  {
    fault: 'an old runtime',
    seed: (graph) => change(graph, 'Function', 'TickerFunction', { runtime: 'nodejs20.x' }),
    check: 'functionsAreCurrent',
    says: /TickerFunction: runtime is "nodejs20.x"/,
  },
  {
    fault: 'another architecture',
    seed: (graph) => change(graph, 'Function', 'TickerFunction', { architectures: ['x86_64'] }),
    check: 'functionsAreCurrent',
    says: /architectures/,
  },
  {
    fault: 'a function without a trace',
    seed: (graph) => drop(graph, 'Function', 'TickerFunction', 'tracingConfig'),
    check: 'functionsAreCurrent',
    says: /TickerFunction: tracingConfig/,
  },
  {
    fault: 'a sender whose runs anybody can take',
    stage: 'permanent',
    seed: (graph) => drop(graph, 'Function', 'SenderFunction', 'reservedConcurrentExecutions'),
    check: 'concurrencyIsReserved',
    says: /sender: function: reservedConcurrentExecutions/,
  },
  {
    fault: 'a personal stage that takes concurrency from the account',
    seed: (graph) => change(graph, 'Function', 'SenderFunction', { reservedConcurrentExecutions: 2 }),
    check: 'concurrencyIsReserved',
    says: /sender: function: reservedConcurrentExecutions/,
  },
  {
    fault: 'a rule for the clock that nobody switched on',
    seed: (graph) => change(graph, 'EventRule', 'TickerScheduleRule', { state: 'DISABLED' }),
    check: 'registryIsWired',
    says: /ticker: schedule: state/,
  },
  {
    fault: 'a stage nailed to one region',
    stage: 'permanent',
    seed: (graph) => change(graph, 'Function', 'SenderFunction', { role: 'arn:aws:iam::123456789012:role/sender' }),
    check: 'liesInOnePlace',
    says: /SenderFunction: names 123456789012/,
  },
  {
    fault: 'a concurrency that AWS refuses',
    seed: (graph) => change(graph, 'EventSourceMapping', 'SenderSource', { scalingConfig: { maximumConcurrency: 1 } }),
    check: 'withinLimits',
    says: /SenderSource: scalingConfig.maximumConcurrency measures 1/,
  },
];
