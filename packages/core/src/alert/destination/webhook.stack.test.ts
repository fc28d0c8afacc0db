/** A web server that checks signatures gets what is told. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../runtime/index.ts';
import { deliveriesQueueUrl } from '../../runtime/resource.ts';
import { defineRoutes, listDeliveries, type Routes } from '../index.ts';
import { raised, resolved } from '../test/announcements.ts';
import { clearTable, drain, pump, routeEvent } from '../test/stack.ts';

vi.hoisted(() => {
  process.env.SST_RESOURCE_WebhookSigningKey = JSON.stringify({ value: 'a key' });
});

interface Taken {
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}
const taken: Taken[] = [];
let status = 200;
const server = createServer(async (request, response) => {
  taken.push({ headers: request.headers, body: await text(request) });
  response.writeHead(status, { location: 'https://elsewhere.example' }).end('an answer');
});
let url = '';
let routes: Routes = new Map();
let project = '';
let count = 0;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  routes = defineRoutes({ hook: { kind: 'webhook', url: `${url}/alerts`, secret: 'WebhookSigningKey' } });
});
afterAll(() => void server.close());
beforeEach(async () => {
  project = `shop-${++count}`;
  taken.length = 0;
  status = 200;
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true); // the log lines of failures that are meant
  await Promise.all([drain(deliveriesQueueUrl()), clearTable()]);
});
const only = { routes: ['hook'] };
const states = async () => (await listDeliveries(project)).map(({ state, reason }) => [state, reason]);

/** A receiver as the docs tell one to be: signature, age, and no delivery twice. */
class Receiver {
  readonly #seen = new Set<string>();

  accept({ headers, body }: Taken, now: number): string {
    const [time, delivery, signature] = ['timestamp', 'delivery', 'signature'].map((name) =>
      String(headers[`millrace-${name}`]),
    );
    if (Math.abs(now / 1000 - Number(time)) > 300) return 'too old';
    const wanted = `v1=${createHmac('sha256', 'a key').update(`${time}.${delivery}.${body}`).digest('hex')}`;
    if (signature?.length !== wanted.length || !timingSafeEqual(Buffer.from(signature), Buffer.from(wanted)))
      return 'forged';
    if (this.#seen.has(String(delivery))) return 'seen';
    this.#seen.add(String(delivery));
    return 'accepted';
  }
}

describe('webhook', () => {
  it('posts what is told, signed; a receiver can tell a replay, a forgery and a repeat', async () => {
    await routeEvent(raised(only, project));
    await routeEvent(resolved(only, project));
    await pump({ routes, now: systemClock });
    expect(taken.map(({ body }) => JSON.parse(body).alert.status)).toEqual(['firing', 'resolved']);
    const [first] = taken;
    if (first === undefined) throw new Error('nothing came');
    expect(JSON.parse(first.body)).toMatchObject({
      delivery: first.headers['millrace-delivery'],
      kind: 'alert',
      alert: { project, change: 'raised', alert: { episode: 'eps_1', value: '7' } },
    });
    const receiver = new Receiver();
    const now = Date.now();
    expect(receiver.accept(first, now)).toBe('accepted');
    expect(receiver.accept(first, now)).toBe('seen');
    expect(receiver.accept(first, now + 301_000)).toBe('too old');
    const later = {
      ...first,
      headers: { ...first.headers, 'millrace-timestamp': String(Math.floor(now / 1000) + 301) },
    };
    expect(receiver.accept(later, now + 301_000)).toBe('forged');
    const renamed = { ...first, headers: { ...first.headers, 'millrace-delivery': 'dlv_other' } };
    expect(receiver.accept(renamed, now)).toBe('forged');
    expect(receiver.accept({ ...first, body: first.body.replace('firing', 'resolved') }, now)).toBe('forged');
  });

  it.each([
    [301, 'failed', '301 an answer'],
    [401, 'failed', '401 an answer'],
    [500, 'pending', undefined],
  ])('takes %i for %s', async (code, state, reason) => {
    status = code;
    await routeEvent(raised(only, project));
    await pump({ routes, now: systemClock });
    expect(taken).toHaveLength(1);
    expect(await states()).toEqual([[state, reason]]);
  });

  it('is declared with a URL of HTTPS, or of this machine, and no key', () => {
    const declare = (given: object) => () =>
      defineRoutes({ hook: { kind: 'webhook', url: 'https://a.example/x', secret: 'Key', ...given } as never });
    expect(declare({})).not.toThrow();
    expect(declare({ url: 'http://a.example/x' })).toThrow(/https/);
    expect(declare({ url: 'http://127.0.0.1.evil.example/' })).toThrow(/https/);
    expect(declare({ secret: 'the key itself' })).toThrow(/never the key itself/);
  });
});
