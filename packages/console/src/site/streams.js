/**
 * The streams of a project, each with its latest files.
 */
import { element } from './element.js';
import { bytes, empty, length, plural, table, time } from './text.js';

function watermarkCell({ watermark, to }) {
  if (watermark === undefined)
    return element('span.dim', { title: 'No rule waits for this stream, or it has not settled yet' }, 'none');
  const behind = Date.parse(to) - Date.parse(watermark);
  return [time(watermark), behind > 0 && element('span.dim', null, ` ${length(behind)} behind`)];
}

export function streamList({ items, complete }, chosen) {
  if (items.length === 0) return empty('No file has come in for this project.');
  const rows = items.map((stream) => [
    element(
      'a',
      {
        href: `#/streams/${encodeURIComponent(stream.collection)}`,
        ...(stream.collection === chosen ? { 'aria-current': 'true' } : {}),
      },
      element('bdi', null, stream.collection),
    ),
    stream.writtenBy.map((writer) =>
      element(`span.badge.${writer === 'producer' ? 'plain' : 'derived'}`, null, writer),
    ),
    element('span.number', null, plural(stream.files, 'file')),
    element('span.number', null, bytes(stream.bytes)),
    [time(stream.from), ' to ', time(stream.to)],
    watermarkCell(stream),
  ]);
  return element(
    'section',
    null,
    table(['Stream', 'Written by', 'Files', 'Size', 'Intervals', 'Watermark'], rows),
    !complete && empty('There are too many files to look through; not all of them are counted.'),
  );
}

function workText({ counts }) {
  const known = typeof counts === 'object' && counts !== null ? Object.entries(counts) : [];
  return (
    known
      .filter(([, count]) => Number(count) > 0)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || 'nothing to do'
  );
}

export function fileList({ items, next }, collection) {
  const rows = items.map((file) => [
    time(file.interval),
    [
      element('code.key', null, file.key),
      element('p.dim.small', null, `${bytes(file.bytes)}, received `, time(file.receivedAt)),
    ],
    element(
      'ul.work',
      null,
      file.work.map((one) => element('li', null, element('b', null, one.workflow), ` ${workText(one)}`)),
    ),
  ]);
  return element(
    'section',
    null,
    element('h3', null, 'Files of ', element('bdi', null, collection), ', newest first'),
    items.length === 0 ? empty('There are none.') : table(['Interval', 'File', 'Work done'], rows),
    next && empty('Older files are not shown.'),
  );
}
