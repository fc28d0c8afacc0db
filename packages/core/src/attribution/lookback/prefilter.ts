/**
 * Passing over the lines of a touch file that cannot be of a visitor asked for, by their bytes, before anything is parsed.
 *
 * The filter is a superset: whatever parsing would find gets through. It looks for the last name of the path to the
 * visitor, `"id"`, and compares the value behind it; a line that may write a name or a value in another way (`\u0069d`,
 * a number with an exponent) is parsed.
 */
import type { Path } from '../../stream/index.ts';

/** Whether a record may be of a visitor asked for; `bytes[start, end)` is it. */
export type Prefilter = (bytes: Buffer, start: number, end: number) => boolean;

/** Names and values that JSON writes in just one way, but for `\u` escapes: no quote, backslash, slash or control character. */
const PLAIN = /^[^"\\/\p{Cc}]+$/u;
const INTEGER = /^-?\d+$/;
/**
 * @param path to the visitor's id.
 * @returns undefined where every line has to be parsed: an id or name that JSON could escape, a path that ends in an array.
 */
export function prefilter(path: Path, visitors: ReadonlySet<string>): Prefilter | undefined {
  const name = path.at(-1);
  if (name === undefined || !PLAIN.test(name) || INTEGER.test(name)) return undefined;
  const wanted = new Set<string>();
  let numbers = false;
  for (const visitor of visitors) {
    if (!PLAIN.test(visitor)) return undefined;
    wanted.add(latin1(visitor));
    numbers ||= INTEGER.test(visitor);
  }
  const key = latin1(`"${name}"`);
  return (bytes, start, end) => {
    const line = bytes.toString('latin1', start, end);
    for (let at = line.indexOf(key); at !== -1; at = line.indexOf(key, at + key.length)) {
      const from = valueStart(line, at + key.length);
      if (from === undefined) continue;
      if (line[from] === '"') {
        if (wanted.has(line.slice(from + 1, line.indexOf('"', from + 1)))) return true;
      } else if (numbers && NUMBER_START.test(line.charAt(from))) return true;
    }
    return line.includes('\\u');
  };
}

/** UTF-8 bytes as one character each, so that nothing is decoded. */
const latin1 = (text: string) => Buffer.from(text).toString('latin1');

/** A whole number may be written as 12, 12.0 or 1.2e1: every number is parsed. */
const NUMBER_START = /[-\d]/;

/** Behind the colon and white space; undefined where no colon follows: the text was a value itself. */
function valueStart(line: string, from: number): number | undefined {
  let at = afterSpace(line, from);
  if (line[at] !== ':') return undefined;
  at = afterSpace(line, at + 1);
  return at < line.length ? at : undefined;
}

function afterSpace(line: string, from: number): number {
  let at = from;
  while (line[at] === ' ' || line[at] === '\t' || line[at] === '\r' || line[at] === '\n') at++;
  return at;
}
