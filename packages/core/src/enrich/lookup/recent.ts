/**
 * A map of bounded weight that forgets what was used least recently.
 */
export class Recent<T> {
  readonly #entries = new Map<string, T>(); // oldest use first: a Map keeps the order of insertion
  readonly #capacity: number;
  readonly #weigh: (key: string, value: T) => number;
  #held = 0;

  /** @param weigh of an entry, in units of `capacity`; the same for the same entry. */
  constructor(capacity: number, weigh: (key: string, value: T) => number) {
    this.#capacity = capacity;
    this.#weigh = weigh;
  }

  get(key: string): T | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: string, value: T): void {
    this.#forget(key);
    this.#entries.set(key, value);
    this.#held += this.#weigh(key, value);
    for (const oldest of this.#entries.keys()) {
      if (this.#held <= this.#capacity) break;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    this.#held -= this.#weigh(key, value);
  }
}
