import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../stream/index.ts';
import { isContainer } from './object.ts';
import { compilePlaces } from './places.ts';

const name = fc.constantFrom('a', 'b', '0', '__proto__', 'length');
const glob = fc
  .array(fc.oneof(name, fc.constantFrom('*', '**')), { minLength: 1, maxLength: 4 })
  .map((steps) => steps.join('.'));
const { object: record } = fc.letrec<{ object: JsonObject; value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<JsonValue>(1, 'x', null),
    tie('object'),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
  object: fc
    .array(fc.tuple(name, tie('value')), { maxLength: 4 })
    .map((members) => JSON.parse(`{${members.map(([key, value]) => `"${key}":${JSON.stringify(value)}`)}}`)),
}));

/** What a glob means, said without an automaton. */
function matches(steps: readonly string[], path: readonly string[]): boolean {
  const [step, ...rest] = steps;
  if (step === undefined) return path.length === 0;
  if (step === '**' && matches(rest, path)) return true;
  return path.length > 0 && (step === '*' || step === '**' || step === path[0])
    ? matches(step === '**' ? steps : rest, path.slice(1))
    : false;
}

function meant(globs: readonly string[], holder: JsonObject, done: boolean, above: readonly string[] = []): string[] {
  return Object.keys(holder).flatMap((key) => {
    const path = [...above, key];
    const value = holder[key] as JsonValue; // an own property
    const is = globs.some((one) => {
      const steps = one.split('.');
      return matches(steps, path) && (!isContainer(value) || steps.at(-1) !== '**');
    });
    const within = isContainer(value) && !(is && done) ? meant(globs, value, done, path) : [];
    return [...(is ? [path.join('.')] : []), ...within];
  });
}

it.each([true, false])('are those that globs mean, each once (done with: %s)', (done) => {
  let found = 0;
  fc.assert(
    fc.property(fc.array(glob, { minLength: 1, maxLength: 3 }), record, (globs, given) => {
      const visited: string[] = [];
      compilePlaces(globs)(given, (_holder, _key, _value, path) => {
        visited.push(path.join('.'));
        return done;
      });
      expect(visited).toEqual(meant(globs, given, done));
      found += visited.length;
    }),
    { numRuns: 2000 },
  );
  expect(found).toBeGreaterThan(500);
});
