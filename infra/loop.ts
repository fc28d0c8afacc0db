/**
 * One way round: what wakes a function of the registry, and what catches what it cannot handle. Alarms and the dashboard
 * are made from these.
 */
/// <reference path="../.sst/platform/config.d.ts" />
import type { FunctionDefinition } from './function.ts';
import type { DeadLetteredQueue } from './queue.ts';

export interface Loop {
  readonly definition: FunctionDefinition;
  readonly fn: sst.aws.Function;
  /** Absent for a function on a schedule. */
  readonly queues?: DeadLetteredQueue;
  /** Minutes between two runs of a function on a schedule. */
  readonly every?: number;
  /** What leads to its queue or wakes it; absent where other functions send to the queue. */
  readonly rule?: { readonly name: $util.Output<string>; readonly busName?: $util.Input<string> };
}
