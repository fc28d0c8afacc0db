/**
 * For tests: a line between a process and what it writes to, which can be cut at any write, as when a Lambda is killed.
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Arrived {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export class SeverableLine {
  /** Names of the services whose writes came through, in order. */
  writes: string[] = [];
  /** Whether what is not there is forbidden, as S3 says to those who may not list. */
  forbids = false;
  /** Waited for before a request is passed on. */
  before: (request: IncomingMessage) => Promise<unknown> | undefined = () => undefined;
  readonly #servers: Server[] = [];
  #left = Number.POSITIVE_INFINITY;
  #lastArrives = false;
  #dead = false;

  /** Puts itself before S3, the table and the bus. Before the first client is made. */
  async open(arrived?: (one: Arrived) => void): Promise<void> {
    process.env.AWS_MAX_ATTEMPTS = '1';
    for (const service of ['S3', 'DYNAMODB', 'EVENTBRIDGE']) {
      const target = process.env[`AWS_ENDPOINT_URL_${service}`] ?? process.env.AWS_ENDPOINT_URL ?? '';
      process.env[`AWS_ENDPOINT_URL_${service}`] = await this.to(service, target, arrived);
    }
  }

  /** Lets so many writes through. @param lastArrives whether the one too many still arrives and only its answer is lost. */
  cutAfter(left: number, lastArrives = false): void {
    this.#left = left;
    this.#lastArrives = lastArrives;
    this.#dead = false;
    this.writes = [];
  }

  mend(): void {
    this.cutAfter(Number.POSITIVE_INFINITY);
  }

  /** Address of a server that passes requests on to another one. */
  async to(name: string, target: string, arrived: (one: Arrived) => void = () => undefined): Promise<string> {
    return await this.#listen(name, isWrite, async (body, from, to) => {
      const { method, headers, url } = from;
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        const once = { method, headers, agent: false }; // a connection kept open may be closed just when it is used again
        const passedOn = request(new URL(url ?? '/', target), once, resolve);
        passedOn.on('error', reject).end(body);
      });
      const answered = await buffer(answer);
      arrived({ url: url ?? '', headers, body });
      const status = answer.statusCode ?? 500;
      return () => to.writeHead(this.forbids && status === 404 ? 403 : status, answer.rawHeaders).end(answered);
    });
  }

  /** Address of a server of the test's own, to which every request is a write. */
  async server(name: string, handle: (one: Arrived) => Answer): Promise<string> {
    return await this.#listen(
      name,
      () => true,
      async (body, { url, headers }, to) => {
        const answer = handle({ url: url ?? '', headers, body });
        return () => to.writeHead(answer.status, { ...answer.headers }).end(answer.body);
      },
    );
  }

  close(): void {
    for (const server of this.#servers) server.close();
  }

  async #listen(
    name: string,
    counts: (from: IncomingMessage) => boolean,
    serve: (body: Buffer, from: IncomingMessage, to: ServerResponse) => Promise<() => void>,
  ): Promise<string> {
    const handle = async (from: IncomingMessage, to: ServerResponse) => {
      const body = await buffer(from);
      await this.before(from);
      const isCounted = counts(from);
      const dying = !this.#dead && isCounted && --this.#left < 0;
      if (this.#dead || (dying && !this.#lastArrives)) {
        this.#dead = true;
        return void to.destroy();
      }
      if (dying) this.#dead = true;
      const answer = await serve(body, from, to);
      if (isCounted) this.writes.push(name);
      if (dying) to.destroy();
      else answer();
    };
    const server = createServer((from, to) => void handle(from, to).catch(() => to.destroy()));
    server.keepAliveTimeout = 0; // for the same reason
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#servers.push(server);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // listening on a port
  }
}

function isWrite({ method, headers }: IncomingMessage): boolean {
  const operation = headers['x-amz-target'];
  return operation === undefined
    ? method !== 'GET' && method !== 'HEAD'
    : /Put|Write|Update|Delete/.test(String(operation));
}

/** Ids of the events in a request, where it publishes any. */
export function publishedIn({ headers, body }: Arrived): string[] {
  if (!String(headers['x-amz-target']).endsWith('PutEvents')) return [];
  const { Entries }: { Entries: { Detail: string }[] } = JSON.parse(body.toString());
  return Entries.map(({ Detail }) => JSON.parse(Detail).metadata.id);
}
