/**
 * Sources of regular expressions that prove bytes to be JSON, down to a depth. V8 compiles them to machine code, which
 * takes a quarter of what JSON.parse takes, for it builds nothing. They are for the bytes of valid UTF-8, read as Latin-1:
 * what JSON is made of is ASCII, and what is not stands in strings and goes as it came.
 *
 * They match a subset: one space at most after a comma or colon, no other white space, names without escapes where names
 * matter, and only numbers that a double holds as something other than Infinity or -0, which JSON.stringify writes as
 * null and 0. Each choice is settled by the next character, so a text that does not match costs linear time.
 */

const CHARACTER = '[^"\\\\\\x00-\\x1f]';
const TEXT = `"${CHARACTER}*(?:\\\\(?:["\\\\/bfnrt]|u[0-9a-fA-F]{4})${CHARACTER}*)*"`;
/** Not beyond 1e121, and no smaller than 1e-131 where negative. */
const NUMBER = '(?:0|-?[1-9][0-9]{0,20}|-0(?=[.][0-9]{0,30}[1-9]))(?:[.][0-9]+)?(?:[eE][-+]?[0-9]{1,2})?';
const LEAF = `${TEXT}|${NUMBER}|true|false|null`;
const COMMA = ', ?';
export const COLON = ': ?';
/** What ends a member that is followed by another, or stands last. */
export const MEMBER_END = `(?:${COMMA}(?=")|(?=\\}))`;

/** Any value that holds objects and arrays at most `depth` deep. The source doubles with each level. */
export function valuePattern(depth: number): string {
  if (depth === 0) return `(?:${LEAF})`;
  const inner = valuePattern(depth - 1);
  const object = `\\{(?:${TEXT}${COLON}${inner}${MEMBER_END})*\\}`;
  const array = `\\[(?:${inner}(?:${COMMA}(?!\\])|(?=\\])))*\\]`;
  return `(?:${LEAF}|${object}|${array})`;
}

/** The name of a member, one of these. */
export function namePattern(names: readonly string[]): string {
  return `"(?:${names.map(literal).join('|')})"`;
}

/** Any members at all, but those named; of those, what no escape disguises. */
export function otherMembersPattern(names: readonly string[], depth: number): string {
  const others = names.length === 0 ? '' : `(?!${names.map((name) => `${literal(name)}"`).join('|')})`;
  return `(?:"${others}${CHARACTER}*"${COLON}${valuePattern(depth)}${MEMBER_END})*`;
}

/** Whether a name is written in JSON as it is. */
export function isPlainName(name: string): boolean {
  return JSON.stringify(name) === `"${name}"`;
}

/** UTF-8 as Latin-1. */
export function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function literal(name: string): string {
  return bytesOf(name).replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
