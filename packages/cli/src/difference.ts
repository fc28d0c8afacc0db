/**
 * What became of a record, as lines for people: `+ page.parts.host "shop.example"`.
 */
import type { JsonObject, JsonValue } from '@millrace/core/stream';
import { clean } from './report.ts';

/** Added, changed and taken away, by path; values on one line, shortened. */
export function differencesOf(before: JsonObject, after: JsonObject): string[] {
  const [old, now] = [leavesOf(before), leavesOf(after)];
  const lines: string[] = [];
  for (const [path, value] of now) {
    const was = old.get(path);
    if (was === undefined) lines.push(`+ ${clean(path)} ${short(value)}`);
    else if (was !== value) lines.push(`~ ${clean(path)} ${short(was)} → ${short(value)}`);
  }
  for (const [path, value] of old) if (!now.has(path)) lines.push(`- ${clean(path)} ${short(value)}`);
  return lines;
}

const WIDTH = 160;

function short(json: string): string {
  const text = clean(json);
  return text.length <= WIDTH ? text : `${text.slice(0, WIDTH - 1)}…`;
}

/** JSON by path. */
function leavesOf(record: JsonObject): Map<string, string> {
  const leaves = new Map<string, string>();
  const walk = (value: JsonValue, path: string) => {
    const children = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    if (children.length === 0) leaves.set(path, JSON.stringify(value));
    for (const [key, child] of children) walk(child, path === '' ? key : `${path}.${key}`);
  };
  for (const [key, value] of Object.entries(record)) walk(value, key);
  return leaves;
}
