/**
 * Which referring hosts are search engines, social networks and web mail. The small table of those that send nearly all
 * such visits; any other host is a plain referral.
 */

export interface KnownReferrer {
  readonly channel: 'organic_search' | 'social' | 'email';
  readonly source: string;
}

/** Most specific first: mail.google.com is not a search engine. Each host stands for those below it, too. */
const HOSTS: readonly (readonly [KnownReferrer['channel'], source: string, hosts: string])[] = [
  ['email', 'gmail', 'mail.google.com com.google.android.gm'],
  ['email', 'outlook', 'outlook.live.com outlook.office.com outlook.office365.com mail.live.com'],
  ['email', 'yahoo mail', 'mail.yahoo.com'],
  ['email', 'proton mail', 'mail.proton.me mail.protonmail.com'],
  ['email', 'gmx', 'gmx.net gmx.de gmx.com'],
  ['email', 'web.de', 'web.de'],
  ['social', 'facebook', 'facebook.com fb.com fb.me messenger.com'],
  ['social', 'instagram', 'instagram.com'],
  ['social', 'x', 'x.com twitter.com t.co'],
  ['social', 'linkedin', 'linkedin.com lnkd.in'],
  ['social', 'reddit', 'reddit.com redd.it'],
  ['social', 'pinterest', 'pinterest.com pin.it'],
  ['social', 'tiktok', 'tiktok.com'],
  ['social', 'youtube', 'youtube.com youtu.be'],
  ['social', 'whatsapp', 'whatsapp.com wa.me'],
  ['social', 'vk', 'vk.com'],
  ['social', 'threads', 'threads.net threads.com'],
  ['social', 'bluesky', 'bsky.app'],
  ['organic_search', 'google', 'com.google.android.googlequicksearchbox'],
  ['organic_search', 'bing', 'bing.com'],
  ['organic_search', 'duckduckgo', 'duckduckgo.com'],
  ['organic_search', 'yahoo', 'search.yahoo.com search.yahoo.co.jp'],
  ['organic_search', 'baidu', 'baidu.com'],
  ['organic_search', 'yandex', 'yandex.ru yandex.com ya.ru'],
  ['organic_search', 'naver', 'search.naver.com'],
  ['organic_search', 'ecosia', 'ecosia.org'],
  ['organic_search', 'qwant', 'qwant.com'],
  ['organic_search', 'startpage', 'startpage.com'],
  ['organic_search', 'brave', 'search.brave.com'],
  ['organic_search', 'kagi', 'kagi.com'],
  ['organic_search', 'seznam', 'search.seznam.cz'],
];

const known = new Map<string, KnownReferrer>(
  HOSTS.flatMap(([channel, source, hosts]) => hosts.split(' ').map((host) => [host, { channel, source }] as const)),
);

/** Google has a domain a country: google.de, www.google.co.uk, google.com.br. */
const GOOGLE = /^(www\.)?google\.([a-z]{2}|com|com?\.[a-z]{2})$/;

/** @param host lower case, as `URL` gives it. */
export function knownReferrer(host: string): KnownReferrer | undefined {
  for (const parent of parents(host)) {
    const found = known.get(parent);
    if (found !== undefined) return found;
  }
  return GOOGLE.test(host) ? { channel: 'organic_search', source: 'google' } : undefined;
}

/** Where visitors pay, or prove that it is them who pay, and come back from: they were here before. */
const PAYMENT_HOSTS = [
  'paypal.com paypalobjects.com stripe.com stripe.network klarna.com klarnaservices.com adyen.com mollie.com',
  'pay.google.com payments.amazon.com pay.amazon.com apple-pay-gateway.apple.com checkout.com worldpay.com sagepay.com',
  'braintreegateway.com squareup.com afterpay.com clearpay.co.uk affirm.com sofort.com giropay.de ideal.nl bancontact.com',
  'arcot.com cardinalcommerce.com securesuite.net 3dsecure.io',
].flatMap((hosts) => hosts.split(' '));

/** Whether a host is one that visitors come back from after paying; those of one's own bank are declared as own domains. */
export function isPaymentHost(host: string): boolean {
  return isWithin(host, PAYMENT_HOSTS);
}

/** Whether a host is one of the domains or below one. */
export function isWithin(host: string, domains: readonly string[]): boolean {
  return domains.some((domain) => host === domain || host.endsWith(`.${domain}`));
}

/** `a.b.c`, `b.c`, `c`. */
function* parents(host: string): Generator<string, void, void> {
  yield host;
  for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) yield host.slice(dot + 1);
}
