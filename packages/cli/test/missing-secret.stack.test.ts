/**
 * A stage whose Slack secret nobody has set: the message waits and says which command is missing; SNS gets its own.
 */
import { triggers, workflows } from '@millrace/functions/workflows';
import { type Stack, startStack } from '@millrace/local';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** On a machine that is busy with other tests. */
const PATIENCE = 60_000;
const PROJECT = 'shop';

let stack: Stack;
const log: string[] = [];

beforeAll(async () => {
  const withoutSecret = triggers.map((trigger) => ({
    ...trigger,
    grants: trigger.grants.filter((grant) => grant !== 'secret:SlackWebhookUrl'),
  }));
  stack = await startStack({
    ports: { control: 0, dynamodb: 0, storage: 0, eventbridge: 0, slack: 0 },
    registry: { workflows, triggers: withoutSecret },
    onLog: (_name, line) => void log.push(line),
  });
  Object.assign(process.env, stack.env);
}, PATIENCE);
afterAll(async () => {
  await stack.stop();
});

test(
  'SNS is not held up, and the Slack message is neither posted nor lost',
  async () => {
    const { publish } = await import('@millrace/core/bus');
    const { RuleAlertRaised } = await import('@millrace/core/event');
    const { listDeliveries } = await import('@millrace/core/alert');
    const raised = RuleAlertRaised.create(
      {
        episode: 'eps_1',
        sequence: 1,
        rule: { id: 'payments-failed', version: 1, name: 'Payments fail' },
        severity: 'critical',
        partition: {},
        startedAt: '2026-03-02T09:50:00.000Z',
        window: { start: '2026-03-02T09:50:00.000Z', end: '2026-03-02T09:55:00.000Z' },
        value: '18',
        threshold: 'count >= 3',
        routes: ['ops-slack', 'ops-sns'],
        sendResolved: true,
        labels: {},
        summary: '18 payments failed',
      },
      { id: 'evt_1', version: 1, project: PROJECT, traceId: 'trc_1', hop: 0, producedBy: 'evaluator' },
    );
    await publish([raised]);

    const states = async () =>
      Object.fromEntries((await listDeliveries(PROJECT)).map(({ route, state }) => [route, state]));
    await expect.poll(states, { timeout: PATIENCE }).toMatchObject({ 'ops-sns': 'sent' });
    await expect.poll(() => log.join('\n'), { timeout: PATIENCE }).toContain('npx sst secret set SlackWebhookUrl');
    expect((await states())['ops-slack']).not.toBe('sent');
    expect((await states())['ops-slack']).not.toBe('failed');
    expect(stack.slack.messages).toEqual([]);
    await expect.poll(() => stack.notifications.length, { timeout: PATIENCE }).toBe(1);
  },
  PATIENCE * 2,
);
