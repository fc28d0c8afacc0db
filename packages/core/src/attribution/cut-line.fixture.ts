/**
 * For tests: lines to AWS that pass a number of writes on and then go dead, as when a Lambda is killed.
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export class CutLine {
  /** Writes it passes on. */
  left = Number.POSITIVE_INFINITY;
  /** Whether the write that is one too many still arrives and only its answer is lost. */
  lastArrives = false;
  dead = false;
  /** Whether what is not there is forbidden, as S3 says to those who may not list. */
  forbids = false;
  /** Waited for before a request is passed on. */
  before: (request: IncomingMessage) => Promise<unknown> | undefined = () => undefined;
  readonly #servers: Server[] = [];

  /** Puts itself before S3, the table and the bus. Before the first client is made. */
  async open(): Promise<void> {
    process.env.AWS_MAX_ATTEMPTS = '1';
    for (const service of ['S3', 'DYNAMODB', 'EVENTBRIDGE'].map((name) => `AWS_ENDPOINT_URL_${name}`)) {
      process.env[service] = await this.#proxy(process.env[service] ?? process.env.AWS_ENDPOINT_URL ?? '');
    }
  }

  close(): void {
    for (const server of this.#servers) server.close();
  }

  /** From now on it passes on so many writes. */
  cutAfter(left: number, lastArrives: boolean): void {
    Object.assign(this, { left, lastArrives, dead: false });
  }

  mend(): void {
    this.cutAfter(Number.POSITIVE_INFINITY, false);
  }

  async #proxy(target: string): Promise<string> {
    const server = createServer((from, to) => void this.#forward(target, from, to).catch(() => to.destroy()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#servers.push(server);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // listening on a port
  }

  async #forward(target: string, from: IncomingMessage, to: ServerResponse): Promise<void> {
    const body = await buffer(from);
    await this.before(from);
    const dying = !this.dead && isWrite(from) && --this.left < 0;
    if (this.dead || (dying && !this.lastArrives)) {
      this.dead = true;
      to.destroy();
      return;
    }
    const { method, headers, url } = from;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request(new URL(url ?? '/', target), { method, headers }, resolve)
        .on('error', reject)
        .end(body);
    });
    this.dead ||= dying;
    if (dying) return void to.destroy();
    const status = answer.statusCode ?? 500;
    to.writeHead(this.forbids && status === 404 ? 403 : status, answer.rawHeaders);
    answer.pipe(to);
  }
}

function isWrite({ method, headers }: IncomingMessage): boolean {
  const operation = headers['x-amz-target'];
  return operation === undefined
    ? method !== 'GET' && method !== 'HEAD'
    : /Put|Write|Update|Delete/.test(String(operation));
}
