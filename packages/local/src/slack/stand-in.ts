/**
 * A stand-in for Slack's incoming webhooks: takes posts, answers as Slack does, keeps what it would have shown. A test
 * can script the next answers.
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/#handling_errors
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { systemClock } from '@millrace/core/runtime';
import { close, LOOPBACK, listen } from '../endpoints/listen.ts';

/** Messages kept; older ones are forgotten. */
const KEPT = 1000;
/** Slack refuses longer ones; its own limit of text is 40,000 characters. */
const MAX_BODY = 1024 * 1024;

export interface SlackMessage {
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  /** Of the webhook: `/services/…`. */
  readonly path: string;
  /** The payload: `text`, `blocks`, … */
  readonly payload: Readonly<Record<string, unknown>>;
}

/** How to answer one post: `hang` never does, `cut` ends the connection. Only `ok` posts the message. */
export type SlackAnswer =
  | 'ok'
  | 'server_error'
  | 'forbidden'
  | 'no_service'
  | 'hang'
  | 'cut'
  | { readonly retryAfter: number };

export interface SlackStandIn {
  /** To post to. */
  readonly webhookUrl: string;
  /** Messages accepted, oldest first, at most the last 1000. */
  readonly messages: readonly SlackMessage[];
  /** Answers the next posts in this order; after them `ok` again. */
  answerNext(...answers: readonly SlackAnswer[]): void;
  stop(): Promise<void>;
}

/** @throws PortInUse */
export async function startSlack({
  port = 0,
  onMessage,
}: {
  port?: number;
  onMessage?: ((message: SlackMessage) => void) | undefined;
} = {}): Promise<SlackStandIn> {
  const messages: SlackMessage[] = [];
  const script: SlackAnswer[] = [];
  const post = async (request: IncomingMessage, response: ServerResponse) => {
    const parsed = parse(await read(request));
    if (typeof parsed === 'string') return send(response, 400, parsed);
    const answer = script.shift() ?? 'ok';
    if (answer === 'hang') return;
    if (answer === 'cut') return void request.socket.destroy();
    if (answer === 'ok') {
      const message = { receivedAt: systemClock(), path: request.url ?? '/', payload: parsed };
      messages.push(message);
      messages.splice(0, messages.length - KEPT);
      onMessage?.(message);
    }
    if (typeof answer === 'object') response.setHeader('retry-after', String(answer.retryAfter));
    send(response, ...statusOf(answer));
  };
  const server = createServer((request, response) => {
    if (request.method !== 'POST') return send(response, 404, 'no_service');
    post(request, response).catch(() => request.socket.destroy());
  });
  const bound = await listen(server, port, 'the Slack stand-in');
  return {
    webhookUrl: `http://${LOOPBACK}:${bound}/services/T00000000/B00000000/local`,
    messages,
    answerNext: (...answers) => void script.push(...answers),
    stop: async () => await close(server),
  };
}

function statusOf(answer: Exclude<SlackAnswer, 'hang' | 'cut'>): [status: number, body: string] {
  if (typeof answer === 'object') return [429, 'rate_limited'];
  const known = { ok: 200, server_error: 500, forbidden: 403, no_service: 404 } as const;
  const body = { ok: 'ok', server_error: 'rollup_error', forbidden: 'action_prohibited', no_service: 'no_service' };
  return [known[answer], body[answer]];
}

/** The payload, or the error Slack answers with. */
function parse(body: string): Readonly<Record<string, unknown>> | 'invalid_payload' | 'no_text' {
  let payload: unknown;
  try {
    payload = JSON.parse(body);
  } catch {
    return 'invalid_payload';
  }
  if (!isObject(payload)) return 'invalid_payload';
  return payload.text || payload.blocks || payload.attachments ? payload : 'no_text';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function read(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) {
    body += String(chunk);
    if (body.length > MAX_BODY) throw new RangeError('too long');
  }
  return body;
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/html' }).end(body);
}
