/**
 * The inside of an instance: a thread that imports one handler and runs it for each event it is sent, as Lambda's
 * runtime does. Events and results cross as JSON, so a handler gets a copy of its own and can return only data.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { FromInstance, InstanceData, ToInstance } from './protocol.ts';

const { module, exported, context } = workerData as InstanceData; // instance.ts is the only one to start this
const port = parentPort;
if (port === null) throw new Error('runner/worker.ts runs in a worker thread only');

const say = (message: FromInstance) => port.postMessage(message);

const imported: unknown = await import(module);
const handler = typeof imported === 'object' && imported !== null ? Reflect.get(imported, exported) : undefined;
if (typeof handler !== 'function') throw new TypeError(`${module} exports no function named ${exported}`);

port.on('message', ({ requestId, event, deadline }: ToInstance) => {
  const remaining = () => Math.max(0, deadline - Date.now());
  run(event, { ...context, awsRequestId: requestId, getRemainingTimeInMillis: remaining }).then(
    (result) => say({ kind: 'result', requestId, result: JSON.stringify(result) ?? 'null' }),
    (caught: unknown) => say({ kind: 'error', requestId, ...describe(caught) }),
  );
});
say({ kind: 'ready' });

/** A handler that throws before it returns a promise fails like one whose promise rejects. */
async function run(event: string, invocation: object): Promise<unknown> {
  return await handler(JSON.parse(event), invocation);
}

function describe(caught: unknown): { name: string; message: string } {
  if (caught instanceof Error) return { name: caught.name, message: caught.stack ?? caught.message };
  return { name: 'Error', message: String(caught) };
}
