/**
 * The parts of the evaluated graph that belong to one entry of the registry, found by what they point to (handler,
 * ARN), never by how infra names them.
 */
import type { Trigger, Workflow } from '../../../packages/functions/src/workflows.ts';
import { arnOf, at, type Graph, named, ofType, parsed, type Resource, text } from '../graph.ts';

export type Entry = Workflow | Trigger;

export interface Registry {
  readonly workflows: readonly Workflow[];
  readonly triggers: readonly Trigger[];
}

export const entriesOf = ({ workflows, triggers }: Registry): Entry[] => [...workflows, ...triggers];

/** Batch size, concurrency and attempts of an entry behind a queue; `undefined` for one on a schedule. */
export function queueSettings(entry: Entry) {
  const settings = 'source' in entry ? entry.source : entry;
  return 'batchSize' in settings ? settings : undefined;
}

export interface FunctionParts {
  /** The sst.aws.Function's name. */
  readonly component: string;
  readonly lambda: Resource;
  readonly role: Resource;
}

/** The function that runs the entry's handler; `undefined` unless there is exactly one. */
export function functionOf(graph: Graph, entry: Entry): FunctionParts | undefined {
  const components = Object.keys(graph.builds).filter((name) => graph.builds[name]?.handler === entry.handler);
  const [component] = components;
  if (component === undefined || components.length > 1) return undefined;
  const lambda = named(graph, 'Function', `${component}Function`);
  const role = ofType(graph, 'Role').find((one) => arnOf(one) === text(lambda?.inputs, 'role'));
  return lambda && role && { component, lambda, role };
}

export interface QueueParts {
  readonly mapping: Resource;
  readonly queue: Resource;
  readonly deadLetters: Resource | undefined;
}

/** The queue the function works off, with the dead-letter queue its redrive policy names. */
export function queueOf(graph: Graph, lambda: Resource): QueueParts | undefined {
  const mappings = ofType(graph, 'EventSourceMapping');
  const mapping = mappings.find((one) => at(one.inputs, 'functionName') === at(lambda.state, 'name'));
  const queue = queueByArn(graph, text(mapping?.inputs, 'eventSourceArn'));
  if (mapping === undefined || queue === undefined) return undefined;
  const redrive = parsed(queue.inputs.redrivePolicy);
  return { mapping, queue, deadLetters: queueByArn(graph, text(redrive, 'deadLetterTargetArn')) };
}

export function queueByArn(graph: Graph, arn: string): Resource | undefined {
  return arn === '' ? undefined : ofType(graph, 'Queue').find((queue) => arnOf(queue) === arn);
}

export interface Route {
  readonly rule: Resource;
  readonly target: Resource;
}

/** The rules that lead to an ARN, each with the target that does. */
export function routesTo(graph: Graph, arn: string): Route[] {
  const rules = ofType(graph, 'EventRule');
  return ofType(graph, 'EventTarget')
    .filter((target) => at(target.inputs, 'arn') === arn)
    .flatMap((target) => {
      const rule = rules.find(
        (one) =>
          at(one.state, 'name') === at(target.inputs, 'rule') &&
          at(one.inputs, 'eventBusName') === at(target.inputs, 'eventBusName'),
      );
      return rule === undefined ? [] : [{ rule, target }];
    });
}
