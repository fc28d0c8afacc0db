/**
 * Conditional writes (`If-None-Match: *`), which fauxqs leaves out: the second of two writers gets 412.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
import type { Reply, Request } from './http.ts';

/** Whether the request asks to write only where nothing lies. */
export function isConditional(request: Request): boolean {
  return request.headers['if-none-match'] === '*' && ['PUT', 'POST'].includes(request.method);
}

const BODY =
  '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>PreconditionFailed</Code><Message>At least one of the ' +
  'pre-conditions you specified did not hold</Message><Condition>If-None-Match</Condition></Error>';

export function refuse(reply: Reply): unknown {
  return reply.status(412).header('content-type', 'application/xml').send(BODY);
}

/** Runs one after the other what concerns one path. */
export class PathLock {
  readonly #last = new Map<string, Promise<unknown>>();

  async run<T>(path: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(path) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#last.set(path, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(path) === mine) this.#last.delete(path);
    }
  }
}
