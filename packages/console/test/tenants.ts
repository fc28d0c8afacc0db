/**
 * For tests: what two tenants left in the table and the bucket, each value naming its owner, some of it hostile.
 */
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  acknowledge,
  assign,
  comment,
  createSilence,
  defineRoutes,
  deliveryQueue,
  parseMatcher,
  routeAlert,
  tickAlerts,
} from '@millrace/core/alert';
import { type AlertEpisodeSnapshot, type Metadata, RuleAlertRaised, RuleAlertResolved } from '@millrace/core/event';
import { streamsBucket } from '@millrace/core/resource';
import { applyRules, parseRule } from '@millrace/core/rule';
import { DAY, iso, MINUTE, SECOND, systemClock } from '@millrace/core/runtime';
import { keen, markDone, quarantineKey, recordReceipt } from '@millrace/core/stream';

/** A value of a producer's that a careless page would run. */
export const HOSTILE = '<img src=x onerror="document.documentElement.className = `hacked`">';
const START = Date.parse('2026-03-02T10:00:00.000Z');
export const FILES = 3;
export const EPISODES = 4;

const layout = keen();
const routes = defineRoutes({
  'ops-sns': { kind: 'sns', topic: 'Alerts' },
  together: { kind: 'sns', topic: 'Alerts', group: { by: ['rule'], wait: '1s' } },
});

/** Files with receipts and progress, a quarantine file, a rule, and episodes of which the last still fires. */
export async function seed(project: string): Promise<void> {
  for (let at = 0; at < FILES; at++) await seedFile(project, START + at * 5 * MINUTE);
  await applyRules([
    parseRule({
      id: `rule-of-${project}`,
      name: `Rule of ${project}`,
      project,
      source: { collections: ['orders'] },
      window: { kind: 'tumbling', size: '5m' },
      signal: { kind: 'aggregate', aggregate: { fn: 'count' }, compare: { op: 'gte', value: 5 } },
      severity: 'critical',
      notify: { routes: ['ops-sns'] },
    }),
  ]);
  for (let at = 0; at < EPISODES; at++) await seedEpisode(project, at);
  await seedTriage(project);
}

/** What people did with the first episode; and a silence for a day from now, one that is over. */
async function seedTriage(project: string): Promise<void> {
  const key = { project, episode: episodeOf(project, 0) };
  await acknowledge(key, { by: `kim of ${project}`, at: START });
  await assign(key, `lee of ${project}`);
  await comment(key, { at: START, by: `lee of ${project}`, text: HOSTILE });
  const now = systemClock();
  const matchers = [parseMatcher('rule=~rule-of-.*')];
  const silence = { project, matchers, by: `kim of ${project}`, comment: HOSTILE };
  await createSilence({ ...silence, from: now - MINUTE, to: now + DAY });
  await createSilence({ ...silence, from: now - DAY, to: now - MINUTE });
}

async function seedFile(project: string, interval: number): Promise<void> {
  const key = layout.key({ project, collection: 'orders', interval });
  const file = {
    bucket: streamsBucket(),
    key,
    size: 1500,
    etag: 'e',
    project,
    collection: 'orders',
    interval: iso(interval),
    intervalLength: layout.intervalLength,
    receivedAt: iso(interval + layout.intervalLength + 30 * SECOND),
    writtenBy: 'producer',
  };
  await recordReceipt(file);
  const counts = { read: 10, accepted: 9, quarantined: 1 };
  await markDone('copier', file, { counts, outputs: [] });
  const entry = {
    line: 7,
    offset: 0,
    reason: 'invalid_json',
    message: `no JSON in ${project}`,
    source: `s3://${file.bucket}/${key}`,
    bytes: Buffer.from(`${HOSTILE} secret of ${project}`).toString('base64'),
  };
  const Key = quarantineKey('copier', key);
  const Body = `${JSON.stringify(entry)}\n`;
  await new S3Client({}).send(new PutObjectCommand({ Bucket: streamsBucket(), Key, Body }));
}

export const episodeOf = (project: string, at: number) => `eps_${project}_${at}`;

/** A dozen episodes, told in one message. */
export async function seedGroup(project: string): Promise<void> {
  const options = { queue: deliveryQueue, routes, inhibitions: [] };
  for (let at = 0; at < 12; at++) {
    const raised = { ...raisedOf(project, at), routes: ['together'], partition: { machine: `m-${at}` } };
    const event = RuleAlertRaised.create(raised, metadata(project, `raised_${at}`));
    await routeAlert(event, { ...options, now: () => START });
  }
  await tickAlerts({ ...options, now: START + MINUTE });
}

function raisedOf(project: string, at: number): AlertEpisodeSnapshot {
  const start = START + at * 30 * MINUTE;
  const window = { start: iso(start), end: iso(start + 5 * MINUTE) };
  return {
    episode: episodeOf(project, at),
    sequence: 1,
    rule: { id: `rule-of-${project}`, version: 1, name: `Rule of ${project}` },
    severity: 'critical',
    partition: { country: HOSTILE, [HOSTILE]: 'name', ['__proto__']: project },
    startedAt: iso(start),
    window,
    value: `7 of ${project}`,
    threshold: '>= 5',
    series: [1, 2, 1, 7],
    routes: ['ops-sns'],
    sendResolved: true,
    labels: { team: project },
    summary: `${HOSTILE} & <script>document.documentElement.className = 'hacked'</script> of ${project}`,
  };
}

async function seedEpisode(project: string, at: number): Promise<void> {
  const start = START + at * 30 * MINUTE;
  const raised = raisedOf(project, at);
  const options = { queue: deliveryQueue, routes, inhibitions: [], now: () => 0 };
  await routeAlert(RuleAlertRaised.create(raised, metadata(project, `raised_${at}`)), options);
  if (at === EPISODES - 1) return;
  const resolved = {
    ...raised,
    sequence: 2,
    resolvedAt: iso(start + 20 * MINUTE),
    window: { start: iso(start + 15 * MINUTE), end: iso(start + 20 * MINUTE) },
  };
  await routeAlert(RuleAlertResolved.create(resolved, metadata(project, `resolved_${at}`)), options);
}

function metadata(project: string, kind: string): Metadata {
  return { id: `evt_${project}_${kind}`, version: 1, project, traceId: 'trc_1', hop: 0, producedBy: 'evaluator' };
}
