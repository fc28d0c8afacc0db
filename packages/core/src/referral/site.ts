/**
 * Hosts that visitors come from: search engines with the parameter their term is in, social networks and web mail, and where
 * they pay. A table of those that send nearly all such visits; another host is a plain referral.
 */
export interface Site {
  readonly medium: 'search' | 'social' | 'email';
  readonly source: string;
  /** Parameters a search term may be in. */
  readonly terms: readonly string[];
}

/** Each host stands for those below it, unless those are named themselves. */
const SITES: readonly (readonly [Site['medium'], source: string, hosts: string, terms?: string])[] = [
  ['email', 'Gmail', 'mail.google.com com.google.android.gm'],
  ['email', 'Outlook', 'outlook.live.com outlook.office.com outlook.office365.com mail.live.com'],
  ['email', 'Yahoo! Mail', 'mail.yahoo.com mail.yahoo.co.jp'],
  ['email', 'Proton Mail', 'mail.proton.me mail.protonmail.com'],
  ['email', 'GMX', 'gmx.net gmx.de gmx.com'],
  ['email', 'WEB.DE', 'web.de'],
  ['email', 'Zoho Mail', 'mail.zoho.com mail.zoho.eu'],
  ['email', 'AOL Mail', 'mail.aol.com'],
  ['social', 'Facebook', 'facebook.com fb.com fb.me messenger.com'],
  ['social', 'Instagram', 'instagram.com'],
  ['social', 'X', 'x.com twitter.com t.co'],
  ['social', 'LinkedIn', 'linkedin.com lnkd.in'],
  ['social', 'Reddit', 'reddit.com redd.it'],
  ['social', 'Pinterest', 'pinterest.com pin.it'],
  ['social', 'TikTok', 'tiktok.com'],
  ['social', 'YouTube', 'youtube.com youtu.be'],
  ['social', 'WhatsApp', 'whatsapp.com wa.me'],
  ['social', 'VK', 'vk.com'],
  ['social', 'Threads', 'threads.net threads.com'],
  ['social', 'Bluesky', 'bsky.app'],
  ['social', 'Mastodon', 'mastodon.social'],
  ['social', 'Hacker News', 'news.ycombinator.com'],
  ['search', 'Google', 'com.google.android.googlequicksearchbox', 'q'],
  ['search', 'Bing', 'bing.com', 'q'],
  ['search', 'DuckDuckGo', 'duckduckgo.com', 'q'],
  ['search', 'Yahoo!', 'search.yahoo.com search.yahoo.co.jp', 'p q'],
  ['search', 'Baidu', 'baidu.com', 'wd word'],
  ['search', 'Yandex', 'yandex.ru yandex.com yandex.com.tr ya.ru', 'text'],
  ['search', 'Naver', 'search.naver.com', 'query'],
  ['search', 'Ecosia', 'ecosia.org', 'q'],
  ['search', 'Qwant', 'qwant.com', 'q'],
  ['search', 'Startpage', 'startpage.com', 'query q'],
  ['search', 'Brave', 'search.brave.com', 'q'],
  ['search', 'Kagi', 'kagi.com', 'q'],
  ['search', 'Seznam', 'search.seznam.cz', 'q'],
  ['search', 'AOL', 'search.aol.com', 'q'],
  ['search', 'Ask', 'ask.com', 'q'],
];

const sites = new Map<string, Site>(
  SITES.flatMap(([medium, source, hosts, terms = '']) =>
    hosts.split(' ').map((host) => [host, { medium, source, terms: terms === '' ? [] : terms.split(' ') }] as const),
  ),
);

/** Google has a domain a country: google.de, www.google.co.uk, google.com.br. */
const GOOGLE_HOST = /^(www\.|images\.)?google\.([a-z]{2}|com|com?\.[a-z]{2})$/;
const GOOGLE: Site = { medium: 'search', source: 'Google', terms: ['q'] };

/** @param host in lower case, as `URL` gives it. */
export function siteOf(host: string): Site | undefined {
  for (let rest = host; ; ) {
    const found = sites.get(rest);
    if (found !== undefined) return found;
    const dot = rest.indexOf('.');
    if (dot === -1) break;
    rest = rest.slice(dot + 1);
  }
  return GOOGLE_HOST.test(host) ? GOOGLE : undefined;
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
