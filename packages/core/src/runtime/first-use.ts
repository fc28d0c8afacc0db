/**
 * What is costly to make and not always needed is made when it is first asked for: a function loads all of a module that it
 * needs a part of, and a Zod schema of ten fields takes a cold start half a millisecond.
 */

/** Returns what `make` made the first time, which has to make the same again where it throws. */
export function onFirstUse<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** For Zod, of what is read once, at start: no parser is compiled for it, which takes ten times as long as reading without one. */
export const READ_ONCE = { jitless: true } as const;
