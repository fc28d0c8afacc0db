/**
 * The parts of a URL: `{"protocol":"https","host":"shop.example","path":"/p/1","query":{"q":"lamp"}}`.
 */
import * as z from 'zod';
import { onFirstUse } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { derivation, derive, remembered, type Sharing, samePlaces } from './derive.ts';
import { type Change, common, Unsuitable } from './step.ts';
import { addressOf, readableHost, WEB_SCHEMES, type WebAddress } from './web-address.ts';

export const UrlStep = onFirstUse(() =>
  z
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
    .refine(...samePlaces),
);

/**
 * `protocol`, `host`, `host_unicode` where it reads otherwise, `port` where it is not the protocol's, `path`, `query` as an
 * object, `fragment`. What a URL lacks is left out, and so are a name and password.
 */
export function compileUrl(step: z.output<ReturnType<typeof UrlStep>>, sharing: Sharing): Change {
  const read = (text: string) => {
    const address = addressOf(text, step.schemes);
    return address instanceof Unsuitable ? address : partsOf(address);
  };
  const parts = remembered(read, sharing, true);
  return derive(step, parts);
}

function partsOf({ scheme, host, port, path, parameters, fragment }: WebAddress): JsonObject {
  const parts: JsonObject = { protocol: scheme, host };
  const readable = readableHost(host);
  if (readable !== undefined) parts.host_unicode = readable;
  if (port !== '') parts.port = Number(port);
  parts.path = path;
  if (parameters !== undefined) parts.query = parameters;
  if (fragment !== '') parts.fragment = fragment;
  return parts;
}
