/**
 * For tests: puts the rules on standard input (JSON, an array) into the table of the stack at the endpoint it is given, as somebody
 * does whose code has other rules.
 */
import { text } from 'node:stream/consumers';
import { connectLocal } from '../src/connection.ts';

await connectLocal(process.argv[2]);
const { applyRules } = await import('@millrace/core/rule');
await applyRules(JSON.parse(await text(process.stdin)), { prune: false });
