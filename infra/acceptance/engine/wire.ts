/**
 * Pulumi's values on the wire: JSON in which an object with a signature stands for a secret, a file or a resource.
 * https://github.com/pulumi/pulumi/blob/v3.210.0/sdk/nodejs/runtime/rpc.ts
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

const SIGNATURE = '4dabf18193072939515e22adb298388d';
const SECRET = '1b47061264138c4ac30d75fd1eb44270';
const ASSET = 'c44067f5952c0a294b673a41bacd8c17';
const ARCHIVE = '0def7320c3a5731c473e5ecbe6d01bc7';
const RESOURCE = '5cf8f73096256a8f31e491e813e4eb8e';

/** What a provider would see: secrets open, files as `{path}`, resources as their id, and no `null` for "not given". */
export function revealed(value: Json): Json {
  if (Array.isArray(value)) return value.map(revealed);
  if (value === null || typeof value !== 'object') return value;
  switch (value[SIGNATURE]) {
    case undefined:
      return revealedFields(value);
    case SECRET:
      return revealed(value.value ?? null);
    case RESOURCE:
      return value.id ?? value.urn ?? null;
    case ASSET:
    case ARCHIVE:
      if (typeof value.path === 'string') return { path: value.path };
      throw new Error('an asset that is not a file on disk is not known to the stand-in');
    default:
      throw new Error(`values of kind ${String(value[SIGNATURE])} are not known to the stand-in`);
  }
}

export function revealedFields(fields: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) => (value === null ? [] : [[key, revealed(value)]])),
  );
}

/** The fields of a message's struct. */
export function fieldsOf(struct: { toJavaScript(): unknown } | undefined): JsonObject {
  return (struct?.toJavaScript() ?? {}) as JsonObject; // a protobuf Struct is a JSON object by definition
}
