/**
 * The AWS endpoints and a Slack stand-in in a thread of their own, so that they and what is measured have a core each.
 * Says the environment they are found by.
 */
import { parentPort } from 'node:worker_threads';
import { startEndpoints } from '@millrace/local/endpoints';
import { startSlack } from '@millrace/local/slack';

const [endpoints, slack] = await Promise.all([startEndpoints(), startSlack()]);
parentPort?.postMessage({
  ...endpoints.env,
  SST_RESOURCE_SlackWebhookUrl: JSON.stringify({ value: slack.webhookUrl }),
});
