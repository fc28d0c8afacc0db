/**
 * Values as people read them.
 */
import { element } from './element.js';

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
];

/** `2026-03-02 10:05`, seconds where there are any. */
export function time(iso) {
  const text = String(iso).replace('T', ' ');
  return element(
    'time',
    { datetime: String(iso), title: `${text.slice(0, 19)} UTC` },
    text.slice(0, text.slice(17, 19) === '00' ? 16 : 19),
  );
}

/** The two largest units of a length in ms: `1 h 25 min`. */
export function length(ms) {
  const parts = [];
  let left = Math.max(0, ms);
  for (const [size, unit] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
    if (parts.length > 0 && (count === 0 || parts.length === 2)) break;
  }
  return parts.join(' ') || '0 s';
}

export function bytes(count) {
  if (count < 1024) return `${count} B`;
  if (count < 1024 ** 2) return `${(count / 1024).toFixed(1)} kB`;
  return count < 1024 ** 3 ? `${(count / 1024 ** 2).toFixed(1)} MB` : `${(count / 1024 ** 3).toFixed(1)} GB`;
}

export function plural(count, noun) {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

/** Names and values of a partition or of labels; each apart, so that none can pass for another's. */
export function pairs(record) {
  return Object.entries(record).map(([name, value]) =>
    element('span.pair', null, element('bdi.name', null, name), element('bdi', null, value)),
  );
}

export function table(head, rows) {
  const cells = (kind, row) => row.map((cell) => element(kind, null, cell));
  return element(
    'div.scroll',
    null,
    element(
      'table',
      null,
      element('thead', null, element('tr', null, cells('th', head))),
      element(
        'tbody',
        null,
        rows.map((row) => element('tr', null, cells('td', row))),
      ),
    ),
  );
}

export function empty(...text) {
  return element('p.empty', null, ...text);
}
