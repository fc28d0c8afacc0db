/**
 * The control endpoint: how other processes find the running stack (`GET /health`) and move its clock (`POST /tick`).
 */
import { createServer, type IncomingMessage } from 'node:http';
import { messageOf } from '@millrace/core/runtime';
import * as z from 'zod';
import { close, LOOPBACK, listen } from '../endpoints/listen.ts';

export interface Controlled {
  /** What `GET /health` answers. */
  health(): object;
  /** Runs what the clock wakes, as if it were `at`: milliseconds since 1970. */
  tick(at: number): Promise<void>;
}

/** Milliseconds since 1970, or ISO 8601. */
const Tick = z.object({
  at: z.union([z.number().int().positive(), z.iso.datetime().transform((text) => Date.parse(text))]),
});

const MAX_BODY = 1024;

class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** @throws PortInUse */
export async function startControl(port: number, stack: Controlled): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const reply = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
    answer(stack, request).then(
      (body) => reply(200, body),
      (caught: unknown) => reply(caught instanceof Refused ? caught.status : 500, { error: messageOf(caught) }),
    );
  });
  const bound = await listen(server, port, 'the control endpoint');
  return { url: `http://${LOOPBACK}:${bound}`, stop: async () => await close(server) };
}

async function answer(stack: Controlled, request: IncomingMessage): Promise<object> {
  // A page in this machine's browser is not to move the clock, nor read keys through a name that leads here.
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  if (request.headers.origin !== undefined || ![LOOPBACK, 'localhost'].includes(host)) {
    throw new Refused(403, 'the control endpoint is not for web pages');
  }
  switch (`${request.method} ${request.url}`) {
    case 'GET /health':
      return stack.health();
    case 'POST /tick': {
      const { at } = parseTick(await read(request));
      await stack.tick(at);
      return { at: new Date(at).toISOString() };
    }
    default:
      throw new Refused(404, 'there are GET /health and POST /tick');
  }
}

function parseTick(body: string): z.output<typeof Tick> {
  try {
    return Tick.parse(JSON.parse(body));
  } catch {
    throw new Refused(400, 'send {"at": milliseconds since 1970, or an ISO 8601 time}');
  }
}

async function read(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) {
    body += String(chunk);
    if (body.length > MAX_BODY) throw new Refused(413, 'too long');
  }
  return body;
}
