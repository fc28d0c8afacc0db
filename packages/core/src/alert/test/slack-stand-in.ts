/**
 * A stand-in for Slack's incoming webhooks, for tests: it answers as it is told and remembers what it took.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** An HTTP answer; never one; or a connection cut before the answer, or in the middle of a 200. */
export type Answer =
  | { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> }
  | 'hang'
  | 'cut'
  | 'cut after 200';

export class SlackStandIn {
  readonly url: string;
  /** Texts of the messages Slack took, in order: those answered with 200. */
  readonly messages: string[] = [];
  /** Time of each request, ms. */
  readonly requests: number[] = [];
  /** How the next requests are answered, one after the other; `ok` when used up. */
  readonly answers: Answer[] = [];
  /** How every request is answered while it is set. */
  always: Answer | undefined;

  /** Sees every payload. */
  onPayload: ((payload: unknown) => void) | undefined;

  private constructor(url: string) {
    this.url = url;
  }

  static async start(): Promise<SlackStandIn> {
    const server = createServer((request, response) => void standIn.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    server.unref();
    const standIn = new SlackStandIn(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/T0/B0/secret`,
    );
    return standIn;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests.push(Date.now());
    const message = JSON.parse(await text(request));
    this.onPayload?.(message);
    const answer = this.always ?? this.answers.shift() ?? { status: 200, body: 'ok' };
    if (answer === 'hang') return;
    if (answer === 'cut') return void response.destroy();
    if (answer === 'cut after 200') {
      this.messages.push(message.text);
      response.writeHead(200, { 'content-length': '2' }).flushHeaders();
      setTimeout(() => response.destroy(), 50);
      return;
    }
    if (answer.status === 200) this.messages.push(message.text);
    response.writeHead(answer.status, answer.headers).end(answer.body ?? '');
  }

  forget(): void {
    this.messages.length = 0;
    this.requests.length = 0;
    this.answers.length = 0;
    this.always = undefined;
  }
}

/**
 * A stand-in that the secret SlackWebhookUrl leads to. Links are read when sst is imported, so a test calls it before it
 * imports anything else:
 *
 *     const slack = await vi.hoisted(async () => (await import('./test/slack-stand-in.ts')).linkedSlack());
 */
export async function linkedSlack(): Promise<SlackStandIn> {
  const standIn = await SlackStandIn.start();
  process.env.SST_RESOURCE_SlackWebhookUrl = JSON.stringify({ value: standIn.url });
  return standIn;
}
