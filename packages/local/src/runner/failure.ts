import { MillraceError } from '@millrace/core/runtime';

/** A run did not end well. Lambda would retry the event, so the runner does too. */
export class RunFailed extends MillraceError {}

export const handlerThrew = (name: string, what: string) => new RunFailed('handler_threw', `${name} threw: ${what}`);

export const timedOut = (name: string, seconds: number) =>
  new RunFailed('timed_out', `${name} was ended after its timeout of ${seconds} s`);

export const crashed = (name: string, why: string) => new RunFailed('crashed', `${name} crashed: ${why}`);

export const neverStarted = (name: string, why: string) =>
  new RunFailed('never_started', `${name} did not start: ${why}`);

export const stopped = (name: string) => new RunFailed('stopped', `${name} was ended: the stack is stopping`);
