/**
 * Ways to put a mistake into an evaluated graph. Each throws where there is nothing to change: a fault that changes nothing
 * proves nothing.
 */
import { at, type Graph, type Json, named, type Resource } from './graph.ts';

/** @throws Error where the resource is not there. */
function find(graph: Graph, type: string, name: string): Resource {
  const resource = named(graph, type, name);
  if (resource === undefined) throw new Error(`no ${type} is named ${name}`);
  return resource;
}

export function change(graph: Graph, type: string, name: string, properties: { [key: string]: Json }): void {
  Object.assign(find(graph, type, name).inputs, properties);
}

export function drop(graph: Graph, type: string, name: string, property: string): void {
  delete find(graph, type, name).inputs[property];
}

export function changeLifecycle(graph: Graph, id: string, properties: { [key: string]: Json }): void {
  const { inputs } = find(graph, 'BucketLifecycleConfiguration', 'StreamsLifecycle');
  const rules = Array.isArray(inputs.rules) ? inputs.rules : [];
  Object.assign(rules.find((rule) => at(rule, 'id') === id) ?? {}, properties);
}

export function remove(graph: Graph, type: string, name: string): void {
  graph.resources.splice(graph.resources.indexOf(find(graph, type, name)), 1);
}

export function rewrite(
  graph: Graph,
  type: string,
  name: string,
  property: string,
  from: string | RegExp,
  to: string,
): void {
  const { inputs } = find(graph, type, name);
  inputs[property] = replaced(String(inputs[property]), from, to);
}

export function rewriteRole(graph: Graph, name: string, from: string | RegExp, to: string): void {
  const { inputs } = find(graph, 'Role', name);
  const policy = replaced(String(at(inputs, 'inlinePolicies', 0, 'policy')), from, to);
  inputs.inlinePolicies = [{ name: 'inline', policy }];
}

function replaced(value: string, from: string | RegExp, to: string): string {
  const result = value.replace(from, to);
  if (result === value) throw new Error(`${from} does not occur in ${value}`);
  return result;
}

export function trustOf(principal: Json): Json {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: principal }] };
}

export function unprotect(graph: Graph, type: string, name: string): void {
  const resource = find(graph, type, name);
  graph.resources.splice(graph.resources.indexOf(resource), 1, { ...resource, protect: false });
}

/** Puts in what nobody asked for. */
export function add(graph: Graph, type: string, name: string, inputs: { [key: string]: Json }): void {
  const made = { urn: `${type}::${name}`, type, name, inputs, state: inputs };
  graph.resources.push({ ...made, protect: false, retainOnDelete: false, existing: false });
}
