/**
 * The sample shop: two hours of pageviews, signups and purchases, with a slow spell, a payment outage, a broken tracking
 * snippet, a broken checkout (see story.ts), and a few lines that are no records.
 */
import { iso, MINUTE, SECOND } from '@millrace/core/runtime';
import type { JsonObject, Layout } from '@millrace/core/stream';
import { type BrokenLine, filesOf, type SampleFile, type SampleRecord } from './file.ts';
import { type Random, seededRandom } from './random.ts';
import { clock, INTERVAL, shopStory, within } from './story.ts';
import { type PageVisit, SHOP, type Visit, type Visitor, visits } from './visit.ts';

const PROJECT = 'shop';
/** The shop writes `placed_at` in its own time. */
const LOCAL_OFFSET = 60 * MINUTE;
/** A record reaches the stream at most this long after it happened. */
const TRANSIT = 2 * SECOND;

export type ShopCollection = 'pageviews' | 'signups' | 'purchases';

/** Everything that reaches the stream between opening and closing, by collection. */
export function shopRecords(): Record<ShopCollection, SampleRecord[]> {
  const random = seededRandom(7);
  const records: Record<ShopCollection, SampleRecord[]> = { pageviews: [], signups: [], purchases: [] };
  const users = { count: 0 };
  const all = visits(random);
  for (const visit of all) {
    for (const page of visit.pages) records.pageviews.push(pageview(visit.visitor, page, random));
    if (visit.signsUp && visit.visitor.user === undefined)
      records.signups.push(signup(visit, nameUser(visit, users), random));
  }
  const byOrder = all.filter(({ order }) => order !== undefined).toSorted((a, b) => orderTime(a) - orderTime(b));
  for (const [index, visit] of byOrder.entries()) {
    if (visit.visitor.user === undefined) nameUser(visit, users);
    records.purchases.push(...purchases(visit, `o-${String(index + 1).padStart(4, '0')}`, random));
  }
  const open = ({ time }: SampleRecord) => within(time, shopStory.open);
  const tracked = ({ time }: SampleRecord) => !within(time, shopStory.lostPageviews) || random.chance(0.1);
  return {
    pageviews: records.pageviews.filter(open).filter(tracked),
    signups: records.signups.filter(open),
    purchases: records.purchases.filter(open),
  };
}

const orderTime = (visit: Visit) => visit.order?.time ?? 0;

function nameUser({ visitor }: Visit, users: { count: number }): string {
  users.count += 1;
  visitor.user = `u-${String(users.count).padStart(4, '0')}`;
  return visitor.user;
}

/** The envelope. A record arrives within the interval it happened in. */
function keen(time: number, random: Random): JsonObject {
  const endOfInterval = Math.floor(time / INTERVAL) * INTERVAL + INTERVAL - 1;
  const created = Math.min(time + random.between(5, TRANSIT), endOfInterval);
  return { id: random.hex(24), created_at: iso(created), timestamp: iso(time) };
}

function pageview(visitor: Visitor, page: PageVisit, random: Random): SampleRecord {
  const slow = within(page.time, shopStory.slowPages);
  return {
    time: page.time,
    value: {
      keen: keen(page.time, random),
      visitor: { id: visitor.id },
      page: {
        url: `${SHOP}${page.target}`,
        title: page.title,
        load_ms: slow ? random.between(2600, 6200) : random.between(280, 1150),
      },
      referrer: page.referrer,
      user_agent: visitor.userAgent,
      ...(page.product === undefined ? {} : { product_id: page.product }),
    },
  };
}

function signup({ visitor, pages }: Visit, user: string, random: Random): SampleRecord {
  const time = (pages.at(-1)?.time ?? 0) + random.between(3 * SECOND, 12 * SECOND);
  // Typed by hand, so written as people write.
  const plan = random.pick(['free', 'free', 'free', 'team', ' Free', 'TEAM ']);
  return { time, value: { keen: keen(time, random), visitor: { id: visitor.id }, user: { id: user, plan } } };
}

/** The order, once for each attempt at paying for it. */
function purchases({ visitor, order }: Visit, id: string, random: Random): SampleRecord[] {
  if (!order) return [];
  const cents = order.items.reduce((sum, { product, quantity }) => sum + product.cents * quantity, 0);
  const items = order.items.map(({ product, quantity }) => ({
    product_id: product.id,
    quantity,
    price: decimal(product.cents),
  }));
  return attempts(order.time, random).map(({ time, status }) => ({
    time,
    value: {
      keen: keen(time, random),
      visitor: { id: visitor.id },
      user: { id: visitor.user ?? '' },
      order: { id, currency: 'EUR', ...(within(time, shopStory.missingTotals) ? {} : { total: decimal(cents) }) },
      items,
      placed_at: `${iso(time + LOCAL_OFFSET).slice(0, 19)}+01:00`,
      payment: { status },
    },
  }));
}

/** While the payment provider is down people try twice more; at other times one payment in 40 fails. */
function attempts(time: number, random: Random): { time: number; status: 'ok' | 'failed' }[] {
  const down = shopStory.failedPayments;
  if (!within(time, down)) return [{ time, status: random.chance(1 / 40) ? 'failed' : 'ok' }];
  return [time, time + 25 * SECOND, time + 60 * SECOND]
    .filter((at) => within(at, down))
    .map((at) => ({ time: at, status: 'failed' }));
}

const decimal = (cents: number) => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;

/** What a crash, a careless script and a wrong encoding leave in real streams. */
const broken: Record<ShopCollection, readonly BrokenLine[]> = {
  pageviews: [
    {
      interval: clock('09:15'),
      before: 20,
      bytes: Buffer.from('{"keen":{"id":"5a8c1f","created_at":"2026-03-02T09:1'),
    },
    { interval: clock('09:40'), before: 3, bytes: Buffer.from('42') },
    {
      interval: clock('10:50'),
      before: 7,
      bytes: Buffer.concat([Buffer.from('{"page":{"title":"Caf'), Buffer.from([0xc3, 0x28]), Buffer.from('"}}')]),
    },
  ],
  signups: [{ interval: clock('09:25'), before: 1, bytes: Buffer.from('["v-0412","u-0099"]') }],
  purchases: [{ interval: clock('10:05'), before: 99, bytes: Buffer.from('{"keen":{"id":"77e0"},"order":{"id":"o-0') }],
};

export function shopFiles(layout: Layout): SampleFile[] {
  const records = shopRecords();
  return (['pageviews', 'signups', 'purchases'] as const).flatMap((collection) =>
    filesOf({ project: PROJECT, collection }, records[collection], layout, broken[collection]),
  );
}
