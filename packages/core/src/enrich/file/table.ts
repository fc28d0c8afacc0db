/**
 * Entries of reference data as bytes: a JSON array of id and value (as JSON itself) a line.
 */

/** Lines that are made bytes of at once. */
const AT_ONCE = 4096;

export function packTable(entries: ReadonlyMap<string, string>): Buffer {
  const parts: Buffer[] = [];
  let lines: string[] = [];
  const flush = () => {
    parts.push(Buffer.from(lines.join('')));
    lines = [];
  };
  for (const entry of entries) {
    if (lines.push(`${JSON.stringify(entry)}\n`) === AT_ONCE) flush();
  }
  flush();
  return Buffer.concat(parts);
}

/** What `packTable` made the bytes of. */
export function unpackTable(bytes: Buffer): Map<string, string> {
  const entries = new Map<string, string>();
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(10, from);
    const [id, value]: [string, string] = JSON.parse(bytes.toString('utf8', from, end)); // as packed
    entries.set(id, value);
    from = end + 1;
  }
  return entries;
}
