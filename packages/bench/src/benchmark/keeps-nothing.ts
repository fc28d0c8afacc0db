/**
 * Stands in for S3, the table and the bus where only the other side is measured: serves one large object, and takes
 * whatever is written without keeping it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

export interface KeepsNothing {
  readonly url: string;
  /** Records of the copies that were announced on the bus. */
  readonly announced: number;
  stop(): void;
}

/** @param member what the object consists of, so many `times`. */
export async function startKeepsNothing(member: Buffer, times: number): Promise<KeepsNothing> {
  const answering = new Answering(member, times);
  const server = createServer((request, response) => {
    void answering.answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // listening on a port
    get announced() {
      return answering.announced;
    },
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const CREATED = '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>';
const COMPLETED = '<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>';

class Answering {
  announced = 0;
  readonly #member: Buffer;
  readonly #times: number;

  constructor(member: Buffer, times: number) {
    this.#member = member;
    this.#times = times;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '', headers } = request;
    const operation = String(headers['x-amz-target'] ?? '').split('.')[1];
    if (method === 'GET') return await this.#serve(response);
    if (operation === 'PutEvents') return this.#announce(await buffer(request), response);
    await drain(request);
    if (operation !== undefined) return void response.setHeader('content-type', 'application/x-amz-json-1.0').end('{}');
    if (url.includes('uploads')) return void response.end(CREATED);
    if (method === 'POST') return void response.end(COMPLETED);
    response.setHeader('etag', '"e"').end();
  }

  async #serve(response: ServerResponse): Promise<void> {
    response.setHeader('content-length', this.#member.length * this.#times).setHeader('etag', '"source"');
    await pipeline(Readable.from(Array<Buffer>(this.#times).fill(this.#member)), response);
  }

  #announce(body: Buffer, response: ServerResponse): void {
    const { Entries }: { Entries: { Detail: string }[] } = JSON.parse(body.toString());
    for (const { Detail } of Entries) this.announced += JSON.parse(Detail).properties.records ?? 0;
    const answer = { FailedEntryCount: 0, Entries: Entries.map((_, index) => ({ EventId: String(index) })) };
    response.setHeader('content-type', 'application/x-amz-json-1.1').end(JSON.stringify(answer));
  }
}

async function drain(request: IncomingMessage): Promise<void> {
  for await (const _ of request);
}
