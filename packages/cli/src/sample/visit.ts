/**
 * Who comes to the sample shop and what they do there: a visit is a way in (an advertisement, a newsletter, a search, a
 * partner, nothing), some pages, and sometimes a purchase. Pure chance from a seed, no records yet.
 */
import { MINUTE, SECOND } from '@millrace/core/runtime';
import { type Product, products } from './products.ts';
import type { Random } from './random.ts';
import { shopStory } from './story.ts';

export interface Visitor {
  readonly id: string;
  readonly userAgent: string;
  /** Set once the visitor has signed up or bought. */
  user?: string;
}

export interface PageVisit {
  readonly time: number;
  /** Path and query. */
  readonly target: string;
  readonly title: string;
  readonly referrer: string;
  readonly product?: string;
}

export interface Visit {
  readonly visitor: Visitor;
  readonly pages: readonly PageVisit[];
  /** Whether the visitor signs up after the last page. */
  readonly signsUp: boolean;
  /** When the order is placed, and what is in it. */
  readonly order?: { readonly time: number; readonly items: readonly { product: Product; quantity: number }[] };
}

export const SHOP = 'https://shop.example';

/** Visits begin in a steady stream, one about every ten seconds. */
const VISIT_EVERY = 10 * SECOND;
/** Before the doors of the samples open there are visitors already. */
const LEAD = 15 * MINUTE;

const USER_AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.3 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.3 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0',
];

/** A way into the shop: the referrer, and what the link carried. */
const entrance = (referrer: string, query: (random: Random) => string = () => '') => ({ referrer, query });
const CLICK_ID_DIGITS = 20;
const googleAd = entrance(
  'https://www.google.com/',
  (random) => `?utm_source=google&utm_medium=cpc&utm_campaign=spring&gclid=${random.hex(CLICK_ID_DIGITS)}`,
);
const facebookAd = entrance(
  'https://l.facebook.com/',
  (random) =>
    `?utm_source=facebook&utm_medium=paid-social&utm_campaign=retargeting&fbclid=${random.hex(CLICK_ID_DIGITS)}`,
);
const newsletter = entrance('', () => '?utm_source=newsletter&utm_medium=email&utm_campaign=spring');
const direct = entrance('');
/** Each as often as it stands here. */
const ENTRANCES = [
  ...[googleAd, googleAd, googleAd, googleAd, facebookAd, facebookAd, newsletter, newsletter, newsletter],
  ...[direct, direct, direct, entrance('https://www.google.com/'), entrance('https://www.google.com/')],
  ...[
    entrance('https://www.bing.com/'),
    entrance('https://t.co/'),
    entrance('https://desk-setups.example.net/best-of-2026'),
  ],
];
type Entrance = (typeof ENTRANCES)[number];

/** Every visit that begins before the shop of the samples closes, in order of its beginning. */
export function visits(random: Random): Visit[] {
  const visitors: Visitor[] = [];
  const all: Visit[] = [];
  for (let slot = shopStory.open.start - LEAD; slot < shopStory.open.end; slot += VISIT_EVERY) {
    const start = slot + random.between(0, VISIT_EVERY - 1);
    // Somebody who was here a while ago comes back, by whatever way; everybody else is new.
    const known =
      visitors.length > 100 && random.chance(0.12) ? visitors[random.between(0, visitors.length - 60)] : undefined;
    const visitor = known ?? {
      id: `v-${String(visitors.length + 1).padStart(4, '0')}`,
      userAgent: random.pick(USER_AGENTS),
    };
    if (!known) visitors.push(visitor);
    all.push(visit(visitor, start, known && random.chance(0.5) ? direct : random.pick(ENTRANCES), random));
  }
  return all;
}

function visit(visitor: Visitor, start: number, entered: Entrance, random: Random): Visit {
  const buys = random.chance(0.18);
  const wanted = Array.from({ length: buys ? random.between(1, 3) : random.between(0, 3) }, () =>
    random.pick(products),
  );
  const pages = browse(start, wanted, buys, entered, random);
  const signsUp = random.chance(buys ? 0.45 : 0.12);
  if (!buys) return { visitor, pages, signsUp };
  const items = [...new Set(wanted)].map((product) => ({
    product,
    quantity: random.chance(0.75) ? 1 : random.between(2, 4),
  }));
  // One in eight asks for a payment link and pays long after the last page: out of reach of a lookback of 25 minutes.
  const wait = random.chance(0.125)
    ? random.between(30 * MINUTE, 50 * MINUTE)
    : random.between(15 * SECOND, 70 * SECOND);
  return { visitor, pages, signsUp, order: { time: (pages.at(-1)?.time ?? start) + wait, items } };
}

function browse(
  start: number,
  wanted: readonly Product[],
  buys: boolean,
  entered: Entrance,
  random: Random,
): PageVisit[] {
  const steps: { path: string; title: string; product?: string }[] = [];
  if (random.chance(0.6) || wanted.length === 0) steps.push({ path: '/', title: 'Shop Example: things for the desk' });
  for (const { id, name, category } of wanted) {
    if (random.chance(0.4)) steps.push({ path: `/c/${category}`, title: `Everything for ${category}` });
    steps.push({ path: `/p/${id}`, title: name, product: id });
  }
  if (buys) steps.push({ path: '/cart', title: 'Your cart' }, { path: '/checkout', title: 'Checkout' });
  let time = start;
  return steps.map(({ path, ...page }, index) => {
    if (index > 0) time += random.between(8 * SECOND, 75 * SECOND);
    const before = steps[index - 1];
    return {
      ...page,
      time,
      target: before ? path : `${path}${entered.query(random)}`,
      referrer: before ? `${SHOP}${before.path}` : entered.referrer,
    };
  });
}
