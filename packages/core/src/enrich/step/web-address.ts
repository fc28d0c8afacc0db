/**
 * Addresses of pages in the hands of strangers: parsed by the WHATWG rules browsers follow, bounded, own properties only.
 */
import { domainToUnicode } from 'node:url';
import type { JsonObject, JsonValue } from '../../stream/index.ts';
import { define } from './element-path.ts';
import { type Unsuitable, unsuitable } from './step.ts';

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

/** Parameters by name; one that comes several times is an array. Undefined where there is none. */
export function parametersOf(url: URL): JsonObject | undefined {
  if (url.search === '') return undefined;
  const parameters: JsonObject = {};
  let count = 0;
  for (const [name, value] of url.searchParams) {
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

/** A host without the `www.` most could do without. */
export function bareHost({ hostname }: URL): string {
  return hostname.startsWith('www.') ? hostname.slice(4) : hostname;
}
