/**
 * Deliveries, rules and quarantined lines.
 */
import { element } from './element.js';
import { empty, plural, table, time } from './text.js';

export function deliveryList({ items, next }) {
  if (items.length === 0) return empty('Nothing has been told to anybody.');
  const rows = items.map(({ at, episode, sequence, route, state, attempts, reason }) => [
    time(at),
    subject(episode, sequence),
    element('bdi', null, route),
    element(`span.badge.${state}`, null, state),
    element('span.number', null, attempts),
    element('bdi', null, reason ?? ''),
  ]);
  return element(
    'section',
    null,
    table(['Window end', 'Episode · transition', 'Route', 'State', 'Attempts', 'Why'], rows),
    next && empty('Older deliveries are not shown.'),
  );
}

/** What was told of: an episode has a page, a group has none. */
function subject(name, sequence) {
  const shown = [element('code', null, name), ` · ${sequence}`];
  if (name.startsWith('grp_')) return element('span', { title: 'a message of a group' }, shown);
  return element('a', { href: `#/episodes/${encodeURIComponent(name)}` }, shown);
}

/** Two spaces deep; what is no JSON as it is. */
function pretty(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

function nameOf(json) {
  try {
    return String(JSON.parse(json).name);
  } catch {
    return '';
  }
}

export function ruleList({ items, next }) {
  if (items.length === 0)
    return empty(
      'This project has no rules; put some in with ',
      element('code', null, 'pnpm millrace rules apply'),
      '.',
    );
  return element(
    'section',
    null,
    items.map(({ id, version, retired, json }) =>
      element(
        'details.card',
        items.length === 1 ? { open: '' } : null,
        element(
          'summary',
          null,
          element('bdi.rule', null, nameOf(json) || id),
          element('code', null, id),
          element('span.dim', null, `v${version}`),
          retired && element('span.badge.withdrawn', null, 'retired'),
        ),
        element('pre', null, pretty(json)),
      ),
    ),
    next && empty('More rules are not shown.'),
  );
}

function refusedLines({ shown, lines }) {
  const rows = shown.map(({ line, reason, message, text }) => [
    element('span.number', null, line),
    [element('span.badge.failed', null, reason), element('p.why', null, element('bdi', null, message))],
    element('pre.bytes', null, text),
  ]);
  return [
    table(['Line', 'Why', 'What it holds'], rows),
    lines > shown.length && empty(`${plural(lines - shown.length, 'more line')} in the quarantine file.`),
  ];
}

export function quarantineList({ items, next }) {
  if (items.length === 0)
    return empty(
      next
        ? 'Nothing among the first quarantine files is this project’s.'
        : 'No line of this project has been refused.',
    );
  return element(
    'section',
    null,
    items.map((file) =>
      element(
        'details.card',
        { open: '' },
        element(
          'summary',
          null,
          element('b', null, file.workflow),
          ' refused ',
          plural(file.lines, 'line'),
          ' of ',
          element('code.key', null, file.source),
        ),
        refusedLines(file),
        element('p.small.dim', null, 'They lie in ', element('code.key', null, file.key)),
      ),
    ),
    next && empty('More quarantine files are not shown.'),
  );
}
