/**
 * For tests: a request that waits until the test goes on, as a slow run's does.
 */
import { EventEmitter, once } from 'node:events';
import type { SeverableLine } from '../../stream/test/index.ts';

/** Holds the nth request for an operation of the table until what is returned is called; `reached` says that it waits. */
export function hold(line: SeverableLine, operation: RegExp, nth: number) {
  const gate = new EventEmitter();
  const reached = once(gate, 'reached');
  const resumed = once(gate, 'resumed');
  let count = 0;
  line.before = ({ headers }) => {
    if (!operation.test(String(headers['x-amz-target'])) || ++count !== nth) return undefined;
    gate.emit('reached');
    return resumed;
  };
  return Object.assign(() => gate.emit('resumed'), { reached });
}
