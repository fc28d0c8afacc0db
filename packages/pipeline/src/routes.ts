/**
 * Where alerts go. A rule names routes; a route names a secret or a topic, so that neither a URL nor an ARN is in code.
 */
import { defineRoutes } from '@millrace/core/alert';

export const routes = defineRoutes({
  'ops-slack': { kind: 'slack', secret: 'SlackWebhookUrl' },
  'ops-sns': { kind: 'sns', topic: 'Alerts' },
});
