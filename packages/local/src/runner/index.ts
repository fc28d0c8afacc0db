export { RunFailed } from './failure.ts';
export type { FunctionCode, OnLog } from './instance.ts';
export { Poller } from './poller.ts';
export { Pool } from './pool.ts';
