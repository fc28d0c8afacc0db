/**
 * Writes the JSON Schema of rules beside itself: `node packages/core/schema/write.ts`, after a change of the language;
 * then `npx biome check --write packages/core/schema`.
 */
import { writeFileSync } from 'node:fs';
import { ruleJsonSchema } from '@millrace/core/rule';

writeFileSync(new URL('rule.json', import.meta.url), `${JSON.stringify(ruleJsonSchema(), undefined, 2)}\n`);
