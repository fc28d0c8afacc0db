/**
 * Copying without parsing: one regular expression proves the bytes of a record to be a JSON object and says where the
 * properties to leave out lie; what is between them goes out as it came. As JSON the result is that of parsing, leaving
 * out and writing anew. What the expression does not match is not refused, it is left to the parser.
 *
 * Bytes are UTF-8 read as Latin-1, so that nothing is decoded. Whether a record is spliced depends on its bytes and the
 * declaration alone, so every run writes the same.
 */
import { parsePath } from '../stream/index.ts';
import { type Cuts, cutsOf } from './cuts.ts';
import { COLON, isPlainName, MEMBER_END, namePattern, otherMembersPattern, valuePattern } from './json-pattern.ts';

/** Containers within each other below a property of the record; what nests deeper is parsed. */
const DEPTH = 3;
/** Of a property left out. */
const CUT_DEPTH = 1;
/** Beyond it V8 no longer optimizes an expression. */
const MAX_SOURCE = 20 * 1024;
/** Properties left out of one object; each costs a pattern of its own. */
const MAX_WHOLE = 4;
/** Bytes of a record; the expression's way back is kept on a stack. */
export const MAX_SPLICED = 64 * 1024;

/** The pieces of a record that are kept, in order; those not there are undefined or empty. */
export interface Spliced {
  readonly pieces: readonly (string | undefined)[];
  /** Which of the pieces close an object: no comma may stand before them. */
  readonly closing: ReadonlySet<number>;
}

/** Hands out a record's pieces, all but the last brace. Whether properties appended now need a comma before them. */
export function putSpliced({ pieces, closing }: Spliced, put: (bytes: string) => void): boolean {
  let held = '';
  for (let index = 1; index < pieces.length; index++) {
    const piece = pieces[index];
    if (piece === undefined || piece === '') continue;
    if (!closing.has(index)) {
      if (held !== '') put(held);
      held = piece;
      continue;
    }
    put(withoutComma(held));
    if (index === pieces.length - 1) return held !== '{';
    held = piece;
  }
  throw new RangeError('a spliced record has a last piece that closes it');
}

function withoutComma(text: string): string {
  const end = text.endsWith(' ') ? text.length - 1 : text.length;
  return text[end - 1] === ',' ? text.slice(0, end - 1) : text;
}

/** Undefined for a record that has to be parsed. */
export type Splice = (bytes: string) => Spliced | undefined;

/**
 * Compiles what leaves out `drop`, for records to which properties named `added` are appended afterwards; undefined where
 * that is not a thing to splice.
 */
export function compileSplice(drop: readonly string[], added: readonly string[]): Splice | undefined {
  const cuts = cutsOf(drop.map(parsePath));
  const roles: Role[] = ['open'];
  const members = membersPattern(cuts, added, DEPTH, roles);
  if (members === undefined || added.some((name) => cuts.has(name) || !isPlainName(name))) return undefined;
  const source = `^(\\{${members.slice(1)}(\\})\\r?$`;
  if (source.length > MAX_SOURCE) return undefined;
  const expression = new RegExp(source);
  const closing = new Set([...roles, 'close'].flatMap((role, index) => (role === 'close' ? [index + 1] : [])));
  return (bytes) => {
    const pieces = bytes.length > MAX_SPLICED ? null : expression.exec(bytes);
    return pieces === null ? undefined : { pieces, closing };
  };
}

/** What a capturing group holds. */
type Role = 'open' | 'kept' | 'close';

/**
 * The members of an object: others, and in between each property left out at most once, then in the order declared each
 * object that something is left out of. Begins with a group that takes the first others.
 */
function membersPattern(cuts: Cuts, added: readonly string[], depth: number, roles: Role[]): string | undefined {
  const names = [...cuts.keys()];
  const whole = names.filter((name) => cuts.get(name) === 'whole');
  if (depth < 1 || whole.length > MAX_WHOLE || !names.every(isPlainName)) return undefined;
  const others = otherMembersPattern([...names, ...added], depth);
  const cut = `${whole.length === 0 ? '' : namePattern(whole)}${COLON}${valuePattern(CUT_DEPTH)}${MEMBER_END}`;
  const rest = () =>
    whole
      .map(() => {
        roles.push('kept');
        return `(?:${cut}(${others}))?`;
      })
      .join('');
  let pattern = `(${others})${rest()}`;
  for (const [name, inner] of cuts) {
    if (inner === 'whole') continue;
    roles.push('kept');
    const members = membersPattern(inner, [], depth - 1, roles);
    if (members === undefined) return undefined;
    roles.push('close', 'kept');
    pattern += `(?:(${namePattern([name])}${COLON}\\{${members.slice(1)}(\\}${MEMBER_END})(${others})${rest()})?`;
  }
  return pattern;
}
