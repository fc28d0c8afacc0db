/**
 * Where alerts go. A rule names routes; a route names a secret or a topic, so that no URL of a webhook and no key is in
 * code. Beside where it leads, a route may say which alerts it takes and when (packages/core/src/alert/route/policy.ts):
 *
 *   'on-call': { kind: 'sns', topic: 'Alerts', match: ['severity=critical'], repeat: '4h' },
 *   'office': { kind: 'slack', secret: 'SlackWebhookUrl', group: { by: ['rule'] }, hours: { from: '09:00', to: '17:00' } },
 */
import { defineInhibitions, defineRoutes } from '@millrace/core/alert';

export const routes = defineRoutes({
  'ops-slack': { kind: 'slack', secret: 'SlackWebhookUrl' },
  'ops-sns': { kind: 'sns', topic: 'Alerts' },
});

/**
 * While an alert matches `source`, those that match `target` and agree with it in the labels of `equal` are not told. Of a
 * rule with several `levels`, only the worst:
 *
 *   { source: ['severity=critical'], target: ['severity=~warning|info'], equal: ['rule', 'partition'] },
 */
export const inhibitions = defineInhibitions([]);
