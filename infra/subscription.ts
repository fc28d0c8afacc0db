/**
 * A rule that puts matching events into a queue, which takes them from that rule alone.
 *
 * Not bus.subscribeQueue(): its queue policy lets in every rule, bucket and topic of every account, and an event that
 * cannot be delivered is dropped.
 */
/// <reference path="../.sst/platform/config.d.ts" />
import { componentName } from './function.ts';
import type { Loop } from './loop.ts';
import type { DeadLetteredQueue } from './queue.ts';
import { prefix } from './stage.ts';

interface Subscription {
  /** The subscriber's name in the registry. */
  readonly name: string;
  readonly description: string;
  /** Absent for the account's default bus. */
  readonly busName?: $util.Input<string>;
  /** An EventBridge event pattern. */
  readonly pattern: $util.Input<object>;
}

/** What EventBridge gives up on (after a day of trying) lands in the subscriber's own dead-letter queue. */
export function subscribe(
  { name, description, busName, pattern }: Subscription,
  { queue, deadLetters }: DeadLetteredQueue,
): NonNullable<Loop['rule']> {
  const logicalName = componentName(name);
  const bus = busName === undefined ? {} : { eventBusName: busName };
  const rule = new aws.cloudwatch.EventRule(`${logicalName}Rule`, {
    name: `${prefix}-${name}`,
    description,
    eventPattern: $jsonStringify(pattern),
    ...bus,
  });
  const policies = [
    admit(`${logicalName}QueuePolicy`, rule.arn, queue),
    admit(`${logicalName}DeadLettersPolicy`, rule.arn, deadLetters),
  ];
  new aws.cloudwatch.EventTarget(
    `${logicalName}Target`,
    { rule: rule.name, arn: queue.arn, deadLetterConfig: { arn: deadLetters.arn }, ...bus },
    { dependsOn: policies }, // a target before its policy loses the first events
  );
  return { name: rule.name, ...(busName === undefined ? {} : { busName }) };
}

function admit(name: string, ruleArn: $util.Output<string>, queue: sst.aws.Queue) {
  const { json } = aws.iam.getPolicyDocumentOutput({
    statements: [
      {
        principals: [{ type: 'Service', identifiers: ['events.amazonaws.com'] }],
        actions: ['sqs:SendMessage'],
        resources: [queue.arn],
        conditions: [{ test: 'ArnEquals', variable: 'aws:SourceArn', values: [ruleArn] }],
      },
    ],
  });
  return new aws.sqs.QueuePolicy(name, { queueUrl: queue.url, policy: json });
}
