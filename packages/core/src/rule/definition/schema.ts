/**
 * What a rule is: the JSON a team writes, checked.
 */
import type * as z from 'zod';
import { contradictions } from './contradictions.ts';
import { Shape } from './shape.ts';

export type { Level, Quantifier, RuleTest, Window } from './shape.ts';
export type { Aggregate, NumericAggregate, NumericCompare, SequenceStep, Share, Signal } from './signal-schema.ts';

/** A rule; its version is given where it is stored. */
export const Rule = Shape.superRefine((rule, context) =>
  contradictions(rule, (path, message) => context.addIssue({ code: 'custom', path, message })),
);
export type Rule = z.output<typeof Rule>;
/** A rule as written, before defaults. */
export type RuleInput = z.input<typeof Rule>;
