/**
 * What must have come of it. Of the deployment: the resources that the synth test evaluates, which asserts what they
 * are. Of the samples: the same as in the embedded stack, which has its own S3, SQS, DynamoDB, SNS and EventBridge, and
 * Slack heard of it.
 */
import assert from 'node:assert/strict';
import type { SlackMessage } from '@millrace/local/slack';
import type { StreamSummary, Summary, Totals } from '../../packages/cli/src/stage/summary.ts';
import type { Graph } from '../test/graph.ts';
import type { Deployed } from './inspection/index.ts';
import type { Outcome } from './stage/main.ts';

/** @throws AssertionError naming what was not deployed, or what nobody evaluated. */
export function expectResources(deployed: readonly Deployed[], evaluated: Graph): void {
  const urns = (resources: readonly { urn: string }[]) => resources.map(({ urn }) => urn).toSorted();
  assert.deepEqual(evaluated.errors, [], 'the evaluation is without errors');
  assert.deepEqual(urns(deployed), urns(evaluated.resources), 'what is deployed is what the synth test evaluates');
}

/** Files that one function writes. */
export function filesOf({ streams }: Summary, writtenBy: string): number {
  return sum(streams.filter((stream) => stream.writtenBy === writtenBy));
}

const sum = (streams: readonly StreamSummary[]) => streams.reduce((files, stream) => files + stream.files, 0);

/** @throws AssertionError saying what differs. */
export function expectOutcome(
  summary: Summary,
  { embedded, slack }: { embedded: Totals; slack: readonly SlackMessage[] },
): void {
  assert.deepEqual(summary.totals, embedded, 'the totals are those of the embedded stack');
  assert.deepEqual(summary.deadLetters, {}, 'the dead-letter queues are empty');
  const produced = summary.streams.filter(({ writtenBy }) => writtenBy === 'producer');
  const shop = produced.filter(({ project }) => project === 'shop');
  const purchases = shop.filter(({ collection }) => collection === 'purchases');
  assert.equal(filesOf(summary, 'copier'), sum(shop), 'each file of the shop has a copy');
  assert.equal(filesOf(summary, 'enricher'), sum(shop), 'each file of the shop is enriched');
  assert.equal(filesOf(summary, 'attributor'), sum(purchases), 'each file of purchases is attributed');
  assert.ok(summary.totals.attributed > 0, 'touches got credits');
  expectMessages(summary, slack);
}

/** @throws AssertionError where playing back the bus's archive changed something: what came of the samples, or what was sent. */
export function expectReplay({ before, replayed, after }: Outcome): void {
  const { files } = before.totals;
  assert.ok(replayed >= files, `the archive held the ${files} files, and what followed from them`);
  assert.deepEqual(after, before, 'a replay changes nothing');
}

/** Each notification that is "sent" reached Slack, once. */
function expectMessages({ notifications }: Summary, slack: readonly SlackMessage[]): void {
  const sent = notifications.filter(({ kind, state }) => kind === 'slack' && state === 'sent');
  assert.ok(sent.length > 0, 'something was announced');
  const texts = slack.map(({ payload }) => String(payload.text));
  assert.equal(texts.length, sent.length, 'Slack got one message for each notification');
  for (const { announcement } of sent) {
    const { summary } = announcement.alert;
    assert.ok(
      texts.some((text) => text.includes(summary)),
      `Slack was told: ${summary}`,
    );
  }
}
