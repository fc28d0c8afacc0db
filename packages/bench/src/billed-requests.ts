/**
 * Counts what is asked of AWS, in the units it is billed by: a line between the clients of this process and the endpoints.
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** S3 requests, DynamoDB units and events. */
export interface Billed {
  /** GetObject and HeadObject. */
  get: number;
  /** PutObject and what belongs to multipart uploads. */
  put: number;
  /** Read units: 4 KB each, strongly consistent. */
  read: number;
  /** Write units: 1 KB each; an item with keys of the index is written there, too. */
  write: number;
  event: number;
}

export class BilledRequests {
  count: Billed = { get: 0, put: 0, read: 0, write: 0, event: 0 };
  /** Items of the table that were written or deleted. */
  items = 0;
  readonly #servers: Server[] = [];

  /** Puts itself before S3, the table and the bus. Before the first client is made. */
  async open(): Promise<void> {
    for (const service of ['S3', 'DYNAMODB', 'EVENTBRIDGE'].map((name) => `AWS_ENDPOINT_URL_${name}`)) {
      process.env[service] = await this.#proxy(process.env[service] ?? process.env.AWS_ENDPOINT_URL ?? '');
    }
  }

  close(): void {
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
    }
  }

  /** Begins anew. */
  reset(): void {
    this.count = { get: 0, put: 0, read: 0, write: 0, event: 0 };
    this.items = 0;
  }

  async #proxy(target: string): Promise<string> {
    const server = createServer((from, to) => void this.#forward(target, from, to).catch(() => to.destroy()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#servers.push(server);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // listening on a port
  }

  async #forward(target: string, from: IncomingMessage, to: ServerResponse): Promise<void> {
    const body = await buffer(from);
    const { method, headers, url } = from;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request(new URL(url ?? '/', target), { method, headers }, resolve)
        .on('error', reject)
        .end(body);
    });
    const answer = await buffer(response);
    this.#add(
      method,
      String(headers['x-amz-target'] ?? '')
        .split('.')
        .at(-1) ?? '',
      body,
      answer,
    );
    to.writeHead(response.statusCode ?? 500, response.rawHeaders);
    to.end(answer);
  }

  #add(method: string | undefined, operation: string, body: Buffer, answer: Buffer): void {
    if (operation === '') this.count[method === 'GET' || method === 'HEAD' ? 'get' : 'put']++;
    else if (operation === 'PutEvents') this.count.event += JSON.parse(body.toString()).Entries.length;
    else if (operation === 'BatchWriteItem') {
      const [requests] = Object.values(JSON.parse(body.toString()).RequestItems as Record<string, object[]>);
      for (const one of requests ?? []) this.#addWrite(JSON.stringify(one));
    } else if (/^(Put|Update|Delete)Item$/.test(operation)) this.#addWrite(body.toString());
    else this.count.read += Math.max(1, Math.ceil(answer.length / 4096));
  }

  #addWrite(json: string): void {
    this.items++;
    this.count.write += writeUnits(json);
  }
}

/** By the size of its JSON, which is more than DynamoDB counts. */
function writeUnits(json: string): number {
  return Math.ceil(json.length / 1024) * (json.includes('gsi1pk') ? 2 : 1);
}
