/**
 * `{"wildcard": "a*b"}`: `*` is any run of characters; `\*` and `\\` are those characters themselves.
 */
import { InvalidPattern } from './invalid.ts';
import type { Test } from './leaf.ts';

/**
 * The literal pieces between the wildcards must occur in order, the first at the start and the last at the end; taking
 * each piece at its earliest place suffices, so a match costs no backtracking.
 * @throws InvalidPattern
 */
export function compileWildcard(source: string, path: readonly string[]): Test {
  const pieces = split(source, path);
  const head = pieces[0] ?? '';
  const tail = pieces.at(-1) ?? '';
  const middle = pieces.slice(1, -1);
  if (pieces.length === 1) return (value) => value === head;
  return (value) => {
    if (typeof value !== 'string' || value.length < head.length + tail.length) return false;
    if (!value.startsWith(head) || !value.endsWith(tail)) return false;
    const end = value.length - tail.length;
    let at = head.length;
    for (const piece of middle) {
      const found = value.indexOf(piece, at);
      if (found === -1 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return true;
  };
}

function split(source: string, path: readonly string[]): string[] {
  const pieces = [''];
  for (let i = 0; i < source.length; i++) {
    let character = source.charAt(i);
    if (character === '*') {
      if (source.charAt(i + 1) === '*') throw new InvalidPattern(path, `Consecutive wildcard characters at pos ${i}`);
      pieces.push('');
      continue;
    }
    if (character === '\\') {
      character = source.charAt(++i);
      if (character !== '*' && character !== '\\') {
        throw new InvalidPattern(path, `Invalid escape character at pos ${i - 1}`);
      }
    }
    pieces[pieces.length - 1] += character;
  }
  return pieces;
}
