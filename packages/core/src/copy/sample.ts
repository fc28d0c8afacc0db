/**
 * Taking a share of the records, the same ones in every run and in every copy: a record is in or out by its id.
 */
import { type JsonObject, type Path, valueAt } from '../stream/index.ts';
import type { Origin } from './shape.ts';

/**
 * @param rate share that is taken, in (0, 1].
 * @param idPath where records carry their id; one without goes by its place in its file.
 */
export function sampling(rate: number, idPath: Path): (record: JsonObject, origin: Origin) => boolean {
  const bound = rate * 2 ** 32;
  return (record, { source, line }) => {
    const id = valueAt(record, idPath);
    const known = typeof id === 'string' || typeof id === 'number';
    return spread(known ? String(id) : `${source}\n${line}`) < bound;
  };
}

/** FNV-1a over UTF-16 units, then the finalizer of MurmurHash3, so that ids that count up spread over all 32 bits. */
function spread(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
