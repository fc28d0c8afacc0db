/**
 * The JSON Schema of a rule as people write it, for editors; made from the schema rules are checked with. What a schema
 * cannot say (that a `change` needs a window, say) is checked when the rule is parsed.
 */
import * as z from 'zod';
import { Rule } from './schema.ts';

export function ruleJsonSchema(): Readonly<Record<string, unknown>> {
  return { title: 'A Millrace alert rule', ...z.toJSONSchema(Rule, { io: 'input', target: 'draft-2020-12' }) };
}
