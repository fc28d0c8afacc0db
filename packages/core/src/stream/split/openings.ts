/**
 * How many brackets open in a line: more than its values can nest, so that few of them prove that it is not deep. Told
 * from all lines of a piece as Latin-1, where V8 finds a character as fast as memory is read; in text beyond Latin-1 it
 * would take as long as parsing does.
 */

/** Where there are more they are not counted on. */
const MANY = 256;

export class Openings {
  readonly #latin1: string;
  /** The first of each at or behind where the line before ended. */
  #brace = 0;
  #bracket = 0;

  /** @param latin1 the lines' bytes, a character each. */
  constructor(latin1: string) {
    this.#latin1 = latin1;
  }

  /** Of the bytes from `start` to before `end`, at least; lines are asked for in order. */
  within(start: number, end: number): number {
    let count = 0;
    if (this.#brace < start) this.#brace = this.#find('{', start);
    for (; this.#brace < end && count < MANY; count++) this.#brace = this.#find('{', this.#brace + 1);
    if (this.#bracket < start) this.#bracket = this.#find('[', start);
    for (; this.#bracket < end && count < MANY; count++) this.#bracket = this.#find('[', this.#bracket + 1);
    return count < MANY ? count : Number.POSITIVE_INFINITY;
  }

  #find(opening: string, from: number): number {
    const at = this.#latin1.indexOf(opening, from);
    return at === -1 ? Number.POSITIVE_INFINITY : at;
  }
}
