/**
 * The parts of a URL: `{"protocol":"https","host":"shop.example","path":"/p/1","query":{"q":"lamp"}}`.
 */
import * as z from 'zod';
import type { JsonObject } from '../../stream/index.ts';
import { derivation, derive, remembered, type Sharing, samePlaces } from './derive.ts';
import { type Change, common, Unsuitable } from './step.ts';
import { parametersOf, parseWebAddress, readableHost, WEB_SCHEMES } from './web-address.ts';

export const UrlStep = z
  .strictObject({
    kind: z.literal('url'),
    ...derivation,
    /** Schemes that are meant; a URL of another one is noted as `not_a_url`. */
    schemes: z
      .array(z.string().regex(/^[a-z][a-z0-9+.-]*$/, 'is a scheme in lower case, without its colon'))
      .min(1)
      .default([...WEB_SCHEMES]),
    ...common,
  })
  .refine(...samePlaces);

/**
 * `protocol`, `host`, `host_unicode` where it reads otherwise, `port` where it is not the protocol's, `path`, `query` as an
 * object, `fragment`. What a URL lacks is left out, and so are a name and password.
 */
export function compileUrl(step: z.output<typeof UrlStep>, sharing: Sharing): Change {
  const parts = remembered((text) => {
    const url = parseWebAddress(text, step.schemes);
    return url instanceof Unsuitable ? url : partsOf(url);
  }, sharing);
  return derive(step, parts);
}

function partsOf(url: URL): JsonObject {
  const parts: JsonObject = { protocol: url.protocol.slice(0, -1), host: url.hostname };
  const readable = readableHost(url.hostname);
  if (readable !== undefined) parts.host_unicode = readable;
  if (url.port !== '') parts.port = Number(url.port);
  parts.path = url.pathname;
  const query = parametersOf(url);
  if (query !== undefined) parts.query = query;
  if (url.hash !== '') parts.fragment = url.hash.slice(1);
  return parts;
}
