/**
 * Addresses of pages in the hands of strangers: parsed by the WHATWG rules browsers follow, bounded, own properties only.
 */
import { domainToUnicode } from 'node:url';
import { define } from '../../change/index.ts';
import type { JsonObject, JsonValue } from '../../stream/index.ts';
import { Unsuitable, unsuitable } from './step.ts';

/** Characters; servers and browsers take no more than about as many. */
const LONGEST = 8192;
/** Parameters of a query that are looked at. */
const MOST_PARAMETERS = 100;

export const WEB_SCHEMES: readonly string[] = ['http', 'https'];

/** A URL of one of the schemes; `javascript:` and its like are none of a page. */
export function parseWebAddress(text: string, schemes: readonly string[] = WEB_SCHEMES): URL | Unsuitable {
  if (text.length > LONGEST) return unsuitable('too_long');
  const url = URL.parse(text);
  return url === null || !schemes.includes(url.protocol.slice(0, -1)) ? unsuitable('not_a_url') : url;
}

/** The parts of an address of a page. */
export interface WebAddress {
  /** Without its colon. */
  readonly scheme: string;
  readonly host: string;
  /** Empty where it is the scheme's own. */
  readonly port: string;
  readonly path: string;
  /** See `parametersOf`. */
  readonly parameters: JsonObject | undefined;
  /** Without its `#`; empty where there is none. */
  readonly fragment: string;
}

/** The parts of a URL of one of the schemes. */
export function addressOf(text: string, schemes: readonly string[] = WEB_SCHEMES): WebAddress | Unsuitable {
  const plain = plainAddress(text);
  if (plain !== undefined) return schemes.includes(plain.scheme) ? plain : unsuitable('not_a_url');
  const url = parseWebAddress(text, schemes);
  if (url instanceof Unsuitable) return url;
  const { protocol, hostname: host, port, pathname: path, hash } = url;
  return { scheme: protocol.slice(0, -1), host, port, path, parameters: parametersOf(url), fragment: hash.slice(1) };
}

const HOST = '((?:[a-z0-9-]{1,63}[.]){1,10}[a-z]{2,63})';
const PATH = '((?:/(?:[A-Za-z0-9_~-][A-Za-z0-9_~.-]*)?)*)';
/** The form nearly all have: parsed by the rules, each part of it comes out as it stands there. */
const PLAIN = new RegExp(`^(https?)://(?![^/?]*xn--)${HOST}${PATH}(?:[?]([A-Za-z0-9_.~=&-]*))?$`);

/** An address that reads as it is written, in a tenth of the time; addresses of pages are often many. */
function plainAddress(text: string): WebAddress | undefined {
  const [, scheme, host, path, query] = (text.length > LONGEST ? null : PLAIN.exec(text)) ?? [];
  if (scheme === undefined || host === undefined) return undefined;
  const parameters = query === undefined || query === '' ? undefined : collected(plainPairs(query));
  return { scheme, host, port: '', path: path || '/', parameters, fragment: '' };
}

function* plainPairs(query: string): Generator<[name: string, value: string]> {
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    yield equals === -1 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
  }
}

/** Parameters by name; one that comes several times is an array. Undefined where there is none. */
function parametersOf(url: URL): JsonObject | undefined {
  return url.search === '' ? undefined : collected(url.searchParams);
}

function collected(pairs: Iterable<[name: string, value: string]>): JsonObject | undefined {
  const parameters: JsonObject = {};
  let count = 0;
  for (const [name, value] of pairs) {
    if (++count > MOST_PARAMETERS) break;
    define(parameters, name, Object.hasOwn(parameters, name) ? [parameters[name] ?? '', value].flat() : value);
  }
  return count === 0 ? undefined : parameters;
}

/** The host as people read it: `xn--bcher-kva.example` is bücher.example. Undefined where it reads the same. */
export function readableHost(host: string): JsonValue | undefined {
  if (!host.includes('xn--')) return undefined;
  const readable = domainToUnicode(host);
  return readable === '' || readable === host ? undefined : readable;
}

/** The host of a page, without the `www.` most could do without; undefined where it is none. */
export function bareHostOf(text: string): string | undefined {
  const plain = text.length > LONGEST ? null : PLAIN_HOST.exec(text);
  if (plain !== null) return bare(plain[1] ?? '');
  const url = parseWebAddress(text);
  return url instanceof Unsuitable ? undefined : bareHost(url);
}

export function bareHost({ hostname }: URL): string {
  return bare(hostname);
}

function bare(host: string): string {
  return host.startsWith(WWW) ? host.slice(WWW.length) : host;
}

const WWW = 'www.';
const PLAIN_HOST = new RegExp(`^https?://(?![^/?#]*xn--)${HOST}(?:[/?#]|$)`);
