/**
 * Alert episodes: the list, and the history of one with the messages it led to.
 */
import { element } from './element.js';
import { slackPreview } from './slack.js';
import { empty, length, pairs, time } from './text.js';

const SEVERITIES = new Set(['info', 'warning', 'critical']);
const severityOf = ({ severity }) => (SEVERITIES.has(severity) ? severity : 'info');

function badge(state) {
  return element(`span.badge.${/^[a-z]+$/.test(state) ? state : 'unknown'}`, null, state);
}

const lasted = ({ startedAt, resolvedAt }) => length(Date.parse(resolvedAt) - Date.parse(startedAt));

function since(alert) {
  return element('span.since', null, 'since ', time(alert.startedAt), alert.resolvedAt && ` · lasted ${lasted(alert)}`);
}

function row({ episode, status, alert }, chosen) {
  const link = { href: `#/episodes/${encodeURIComponent(episode)}`, ...(chosen ? { 'aria-current': 'true' } : {}) };
  return element(
    `a.episode.${severityOf(alert)}.${status}`,
    link,
    element(
      'span.line',
      null,
      element('span.severity', null, alert.severity),
      element('bdi.rule', null, alert.rule.name),
      badge(status),
    ),
    element('span.line.small', null, pairs(alert.partition), since(alert)),
  );
}

export function episodeList({ items, next }, chosen) {
  if (items.length === 0) return empty('No alert has been raised in this project.');
  return element(
    'div.list',
    null,
    items.map((item) => row(item, item.episode === chosen)),
    next && empty('Older episodes are not shown.'),
  );
}

/** What the last windows measured, oldest first. */
function trend(series) {
  if (!Array.isArray(series) || series.length < 2) return null;
  const [least, most] = [Math.min(...series, 0), Math.max(...series)];
  const x = (at) => (4 + (at / (series.length - 1)) * 232).toFixed(1);
  const y = (value) => (44 - ((value - least) / (most - least || 1)) * 38).toFixed(1);
  const points = series.map((value, at) => `${x(at)},${y(value)}`).join(' ');
  const last = series.length - 1;
  return element(
    'svg.trend',
    { viewBox: '0 0 240 48', role: 'img', 'aria-label': `The last windows: ${series.join(', ')}` },
    element('polyline', { points }),
    element('circle', { cx: x(last), cy: y(series[last]), r: '3' }),
  );
}

function facts({ alert, status, acknowledged, assignee }) {
  const rows = [
    ['Status', badge(status)],
    ['Rule', [element('bdi', null, alert.rule.id), ` v${alert.rule.version}`]],
    ['Partition', Object.keys(alert.partition).length > 0 && pairs(alert.partition)],
    ['Since', time(alert.startedAt)],
    ['Lasted', alert.resolvedAt && [lasted(alert), ' until ', time(alert.resolvedAt)]],
    ['Value', element('bdi', null, alert.value)],
    ['Threshold', element('bdi', null, alert.threshold)],
    ['Labels', Object.keys(alert.labels).length > 0 && pairs(alert.labels)],
    [
      'Acknowledged',
      acknowledged && [element('bdi', null, acknowledged.by), ' ', time(new Date(acknowledged.at).toISOString())],
    ],
    ['Assignee', assignee && element('bdi', null, assignee)],
    ['Episode', element('code', null, alert.episode)],
  ];
  return element(
    'dl.facts',
    null,
    rows
      .filter(([, value]) => value)
      .map(([label, value]) => element('div', null, element('dt', null, label), element('dd', null, value))),
  );
}

function transition({ change, status, reason, position, alert, slack }, deliveries) {
  const told = deliveries.filter((delivery) => delivery.position === position);
  return element(
    'li',
    null,
    element(
      'p.line.small',
      null,
      badge(change),
      time(alert.window.end),
      change === 'revised' && [' now ', badge(status)],
      reason && element('bdi', null, reason),
    ),
    slackPreview(slack, severityOf(alert)),
    element(
      'p.told',
      null,
      told.map((delivery) =>
        element(
          'span.delivery',
          delivery.reason ? { title: delivery.reason } : null,
          element('bdi', null, delivery.route),
          badge(delivery.state),
        ),
      ),
    ),
  );
}

export function episodeDetail({ episode, transitions, deliveries, complete }) {
  return element(
    `article.detail.${severityOf(episode.alert)}`,
    null,
    element(
      'h2',
      null,
      element('span.severity', null, episode.alert.severity),
      element('bdi', null, episode.alert.rule.name),
    ),
    element('p.summary', null, element('bdi', null, episode.alert.summary)),
    trend(episode.alert.series),
    facts(episode),
    element('h3', null, 'What was told'),
    !complete && empty('Only the latest transitions are shown.'),
    element(
      'ol.transitions',
      null,
      transitions.map((one) => transition(one, deliveries)),
    ),
  );
}
