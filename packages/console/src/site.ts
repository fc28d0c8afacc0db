/**
 * The page's files: these and no others, read once.
 */
import { readFileSync } from 'node:fs';

const types = {
  'index.html': 'text/html; charset=utf-8',
  'console.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
  'console.js': 'text/javascript; charset=utf-8',
  'element.js': 'text/javascript; charset=utf-8',
  'text.js': 'text/javascript; charset=utf-8',
  'episodes.js': 'text/javascript; charset=utf-8',
  'slack.js': 'text/javascript; charset=utf-8',
  'streams.js': 'text/javascript; charset=utf-8',
  'lists.js': 'text/javascript; charset=utf-8',
} as const;

const files = new Map(
  Object.entries(types).map(([name, type]) => [
    `/${name}`,
    { type, body: readFileSync(new URL(`./site/${name}`, import.meta.url), 'utf8') },
  ]),
);

/** Undefined where there is no such file. @param path of the URL. */
export function siteFile(path: string): { readonly type: string; readonly body: string } | undefined {
  return files.get(path === '/' ? '/index.html' : path);
}
