/**
 * Finding an object of a record in the record's text.
 */

/** Where the members of an object begin, behind its brace. */
export interface Opening {
  readonly offset: number;
  readonly empty: boolean;
}

const SPACES = /[ \t]*/y;

/**
 * Compiles what finds where the object at a property of that name begins, whichever object has the property, in a valid
 * record without line breaks, UTF-8 read as Latin-1, that has at least one property of the name, whose value is an object.
 * Undefined where the text leaves doubt: where more than one property has the name, or one may have it in disguise
 * (`"p\u0061ge"`).
 *
 * A quote without a backslash before it begins or ends a text, and behind one that ends it no letter follows: so `"name"`
 * behind anything else is a text of its own, and before a colon a property.
 */
export function findOpening(name: string): (text: string) => Opening | undefined {
  const json = JSON.stringify(name);
  if (json !== `"${name}"` || name.includes('/')) return () => undefined; // JSON has several ways to write it
  const quoted = Buffer.from(json).toString('latin1');
  return (text) => {
    if (text.includes('\\u')) return undefined;
    let value = -1;
    for (let at = text.indexOf(quoted); at !== -1; at = text.indexOf(quoted, at + 1)) {
      const behind = spacesFrom(text, at + quoted.length);
      if (text[at - 1] === '\\' || text[behind] !== ':') continue;
      if (value !== -1) return undefined;
      value = spacesFrom(text, behind + 1);
    }
    if (text[value] !== '{') return undefined;
    return { offset: value + 1, empty: text[spacesFrom(text, value + 1)] === '}' };
  };
}

/** The first character from there on that is no space. */
function spacesFrom(text: string, at: number): number {
  const character = text[at];
  if (character !== ' ' && character !== '\t') return at;
  SPACES.lastIndex = at;
  SPACES.test(text);
  return SPACES.lastIndex;
}
