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

  constructor(rules: readonly VersionedRule[], defaults: StreamDefaults) {
    this.#rules = rules.filter(({ rule }) => rule.enabled).map((rule) => compileRule(rule, defaults));
    for (const compiled of this.#rules) this.#byName.set(nameOf(compiled.rule.id, compiled.version), compiled);
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

/** Rules at their versions, compiled and indexed: once for each set of versions. */
export function compile(rules: readonly VersionedRule[], defaults: StreamDefaults): RuleSet {
  return new RuleSet(rules, defaults);
}
