/**
 * EventBridge over HTTP, in the protocol the SDK speaks: AWS JSON 1.1, the operation in the header X-Amz-Target.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { log, messageOf } from '@millrace/core/runtime';
import type { Buses } from './buses.ts';
import { Refused } from './fault.ts';
import { operations } from './operations.ts';

/** A PutEvents request of 1 MiB of text, each character escaped in JSON, is at most six times as long. */
const MAX_BODY = 8 * 1024 * 1024;

/** The server, not yet listening. */
export function eventBridgeServer(buses: Buses): Server {
  return createServer((request, response) => {
    answer(buses, request).then(
      (body) => send(response, 200, body),
      (caught: unknown) => {
        const refused = caught instanceof Refused;
        if (!refused) log.error('EventBridge endpoint failed', { error: messageOf(caught) });
        const type = refused ? caught.code : 'InternalException';
        send(response, refused ? 400 : 500, { __type: type, message: messageOf(caught) });
      },
    );
  });
}

async function answer(buses: Buses, request: IncomingMessage): Promise<object> {
  const name = String(request.headers['x-amz-target'] ?? '').replace(/^AWSEvents\./, '');
  const operation = operations.get(name);
  if (request.method !== 'POST' || operation === undefined) {
    throw new Refused('UnknownOperationException', `the local EventBridge endpoint does not know "${name}"`);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > MAX_BODY) throw new Refused('RequestEntityTooLargeException', `over ${MAX_BODY} bytes`);
    chunks.push(chunk);
  }
  let input: unknown;
  try {
    input = JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new Refused('SerializationException', 'the request is not JSON');
  }
  return await operation(buses, input);
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(body));
}
