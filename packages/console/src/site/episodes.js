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

/** Who has it. */
function people({ acknowledgedBy, assignee }) {
  const said = [acknowledgedBy && `acknowledged by ${acknowledgedBy}`, assignee && `assigned to ${assignee}`];
  const text = said.filter(Boolean).join(', ');
  return text !== '' && element('span.line.small.dim', null, element('bdi', null, text));
}

function row({ episode, status, alert, ...triage }, chosen) {
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
    people(triage),
  );
}

/** What hides alerts now, or will: why somebody may hear of nothing. */
export function silenceList({ items }) {
  if (items.length === 0) return null;
  const now = Date.now();
  return element(
    'section.silences',
    { 'aria-label': 'Silences' },
    items.map(({ id, matchers, from, to, by, comment }) =>
      element(
        'p',
        { title: id },
        element('b', null, from > now ? 'Silence to come: ' : 'Silenced: '),
        element('bdi', null, matchers.join(', ')),
        ' ',
        from > now && ['from ', time(new Date(from).toISOString()), ' '],
        'until ',
        time(new Date(to).toISOString()),
        ', by ',
        element('bdi', null, by),
        comment && [': ', element('bdi', null, comment)],
      ),
    ),
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

/** A message that told of this episode among others. */
function groupMessage({ group, number, severity, slack }) {
  return element(
    'li',
    null,
    element('p.line.small', null, badge('grouped'), 'told together: ', element('code', null, `${group} ${number}`)),
    slackPreview(slack, severityOf({ severity })),
  );
}

/** What people said, and how to say something: the console only reads. */
function triage({ project, episode }, comments) {
  const command = (action, rest = '') =>
    element('code', null, `pnpm millrace alerts ${action} ${episode} --project ${project}${rest}`);
  return [
    element('h3', null, 'People'),
    comments.length > 0 &&
      element(
        'ol.comments',
        null,
        comments.map(({ at, by, text }) =>
          element(
            'li',
            null,
            element('p.small.dim', null, element('bdi', null, by), ' · ', time(new Date(at).toISOString())),
            element('p', null, element('bdi', null, text)),
          ),
        ),
      ),
    element(
      'details',
      null,
      element('summary', null, 'Acknowledge, assign, comment'),
      element('p', null, command('ack')),
      element('p', null, command('assign', ' --to NAME')),
      element('p', null, command('comment', " --text '…'")),
    ),
  ];
}

export function episodeDetail({ episode, transitions, groups, deliveries, comments, complete }) {
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
    triage(episode, comments),
    element('h3', null, 'What was told'),
    !complete && empty('Only the latest transitions are shown.'),
    element(
      'ol.transitions',
      null,
      transitions.map((one) => transition(one, deliveries)),
      groups.map(groupMessage),
    ),
  );
}
