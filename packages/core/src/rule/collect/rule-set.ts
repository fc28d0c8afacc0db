/**
 * The rules of a project, as a function runs them.
 */
import { Candidates } from './candidates.ts';
import { type CompiledRule, compileRule, type StreamDefaults, type VersionedRule } from './compile.ts';

/** The enabled rules of a project, compiled. */
export class RuleSet {
  readonly #rules: readonly CompiledRule[];
  readonly #byName = new Map<string, CompiledRule>();
  readonly #candidates = new Map<string, Candidates>();

  constructor(rules: readonly CompiledRule[]) {
    this.#rules = rules;
    for (const compiled of rules) this.#byName.set(nameOf(compiled.rule.id, compiled.version), compiled);
  }

  /** How many there are. */
  get size(): number {
    return this.#rules.length;
  }

  find(id: string, version: number): CompiledRule | undefined {
    return this.#byName.get(nameOf(id, version));
  }

  ofCollection(collection: string): readonly CompiledRule[] {
    return this.#rules.filter(({ rule }) => rule.source.collections.includes(collection));
  }

  candidates(collection: string): Candidates {
    const known = this.#candidates.get(collection) ?? new Candidates(this.ofCollection(collection));
    this.#candidates.set(collection, known);
    return known;
  }
}

function nameOf(id: string, version: number): string {
  return `${id}@${version}`;
}

/**
 * Rules at their versions, compiled and indexed: once for each version. Of `before`, made with the same defaults, whatever is the
 * same object is taken over; all of it, its index included, where nothing changed.
 */
export function compile(rules: readonly VersionedRule[], defaults: StreamDefaults, before?: RuleSet): RuleSet {
  let same = 0;
  const compiled = rules
    .filter(({ rule }) => rule.enabled)
    .map((versioned) => {
      const known = before?.find(versioned.rule.id, versioned.version);
      if (known?.rule !== versioned.rule) return compileRule(versioned, defaults);
      same++;
      return known;
    });
  return before !== undefined && same === compiled.length && same === before.size ? before : new RuleSet(compiled);
}
