/**
 * A function that works off a queue.
 */
/// <reference path="../.sst/platform/config.d.ts" />
import { environment, type Workflow } from '../packages/functions/src/workflows.ts';
import { componentName, type FunctionDefinition, lambda } from './function.ts';
import type { DeadLetteredQueue } from './queue.ts';

export type ConsumerDefinition = FunctionDefinition & Pick<Workflow, 'batchSize' | 'concurrency' | 'attempts'>;

/**
 * Messages fail one by one (the handler reports which) and those that no retry can heal go straight to the dead-letter
 * queue, which the handler therefore knows and may send to.
 */
export function consumer(
  definition: ConsumerDefinition,
  { queue, deadLetters }: DeadLetteredQueue,
  variables: Readonly<Record<string, string>> = {},
): sst.aws.Function {
  const handsOver = definition.grants.includes('queue:hand-over');
  const fn = lambda(definition, {
    permissions: [
      ...(handsOver ? [{ actions: ['sqs:SendMessage'], resources: [queue.arn] }] : []),
      { actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], resources: [queue.arn] },
      { actions: ['sqs:SendMessage'], resources: [deadLetters.arn] },
    ],
    environment: {
      [environment.deadLetterUrl]: deadLetters.url,
      ...(handsOver ? { [environment.queueUrl]: queue.url } : {}),
      ...variables,
    },
  });
  // Not queue.subscribe(): its resource is named by a hash of the queue's ARN, unknown until the queue exists.
  new aws.lambda.EventSourceMapping(`${componentName(definition.name)}Source`, {
    eventSourceArn: queue.arn,
    functionName: $util.unsecret(fn.name), // a linked secret makes Pulumi hide all that the function returns
    batchSize: definition.batchSize,
    functionResponseTypes: ['ReportBatchItemFailures'],
    scalingConfig: { maximumConcurrency: definition.concurrency },
  });
  return fn;
}
