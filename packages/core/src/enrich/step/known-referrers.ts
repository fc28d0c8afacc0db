/**
 * Who refers visitors: search engines with the parameter their term is in, social networks and web mail. A table of those
 * that send nearly all such visits; another host is a plain referral.
 */
export interface KnownReferrer {
  readonly medium: 'search' | 'social' | 'email';
  readonly source: string;
  /** Parameters a search term may be in. */
  readonly terms: readonly string[];
}

/** Each host stands for those below it, unless those are named themselves. */
const SITES: readonly (readonly [KnownReferrer['medium'], source: string, hosts: string, terms?: string])[] = [
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

const known = new Map<string, KnownReferrer>(
  SITES.flatMap(([medium, source, hosts, terms = '']) =>
    hosts.split(' ').map((host) => [host, { medium, source, terms: terms === '' ? [] : terms.split(' ') }] as const),
  ),
);

/** Google has a domain a country: google.de, www.google.co.uk, google.com.br. */
const GOOGLE_HOST = /^(www\.|images\.)?google\.([a-z]{2}|com|com?\.[a-z]{2})$/;
const GOOGLE: KnownReferrer = { medium: 'search', source: 'Google', terms: ['q'] };

/** @param host in lower case, as `URL` gives it. */
export function knownReferrer(host: string): KnownReferrer | undefined {
  for (let rest = host; ; ) {
    const found = known.get(rest);
    if (found !== undefined) return found;
    const dot = rest.indexOf('.');
    if (dot === -1) break;
    rest = rest.slice(dot + 1);
  }
  return GOOGLE_HOST.test(host) ? GOOGLE : undefined;
}
