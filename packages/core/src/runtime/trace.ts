/**
 * Which trace of the bus the work at hand belongs to. It stands in every log line and metric of the work, and on its part of
 * the X-Ray trace, where `annotation.traceId = "trc_…"` finds all that one file led to.
 *
 * X-Ray gets its part straight from here: a JSON text to the daemon that Lambda runs beside a traced function. AWS's SDK for
 * it would make every bundle a third heavier. https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { deterministicId } from './id.ts';

const current = new AsyncLocalStorage<{ traceId?: string }>();

/** Of the work at hand; `undefined` where it is of none, or not yet known. */
export function currentTrace(): string | undefined {
  return current.getStore()?.traceId;
}

/** Says what trace the work at hand is of, as soon as that is known. */
export function followTrace(traceId: string): void {
  const store = current.getStore();
  if (store !== undefined) store.traceId = traceId;
}

/**
 * One piece of work, such as a message, with its own part of the X-Ray trace where Lambda keeps one.
 * @param work whether it succeeded. @throws what it throws.
 */
export async function traced(name: string, work: () => Promise<boolean>): Promise<boolean> {
  const start_time = Date.now() / 1000;
  return await current.run({}, async () => {
    let done = false;
    try {
      done = await work();
      return done;
    } finally {
      const traceId = currentTrace();
      const annotations = traceId === undefined ? {} : { traceId };
      await report({ name, start_time, end_time: Date.now() / 1000, fault: !done, annotations });
    }
  });
}

/**
 * Work that no event of the bus asked for but time: its trace is made from what is due, so that whoever does it, or does it
 * again, is in the same one.
 * @param due what names it: the time of a scheduled event, the parts of a deadline's key. @throws what it throws.
 */
export async function tracedByTime(
  name: string,
  due: readonly (string | number)[],
  work: () => Promise<void>,
): Promise<void> {
  await traced(name, async () => {
    followTrace(deterministicId('trc', name, ...due));
    await work();
    return true;
  });
}

/** Never fails: nobody's work depends on a trace. */
async function report(part: { readonly name: string; readonly [field: string]: unknown }): Promise<void> {
  const { Root, Parent, Sampled } = traceHeader();
  const [host, port] = (process.env.AWS_XRAY_DAEMON_ADDRESS ?? '').split(':');
  if (!host || !port || !Root || !Parent || Sampled !== '1') return;
  const id = randomBytes(8).toString('hex'); // X-Ray's own format
  const segment = { ...part, id, trace_id: Root, parent_id: Parent, type: 'subsegment' };
  const datagram = `{"format":"json","version":1}\n${JSON.stringify(segment)}`;
  const { createSocket } = await import('node:dgram'); // here, as without a sampled trace nobody needs it at start
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => {
    socket.once('error', () => resolve());
    socket.send(datagram, Number(port), host, () => resolve());
  });
  socket.close();
}

/** `Root=1-…;Parent=…;Sampled=1`, which Lambda sets anew for each run. */
function traceHeader(): Readonly<Record<string, string | undefined>> {
  const fields = (process.env._X_AMZN_TRACE_ID ?? '').split(';');
  return Object.fromEntries(fields.map((field) => field.split('=')));
}
