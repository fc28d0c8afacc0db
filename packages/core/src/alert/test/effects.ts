/**
 * For tests that kill: counts the effects of a run (writes to the table, queue messages, events, notifications) and ends
 * it, as a crash would, before or after any one of them. After the kill nothing gets out any more.
 */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { vi } from 'vitest';

class Killed extends Error {}

/** Effects by the name of the SDK's command, and `Slack` for a post to the webhook. */
const EFFECTS = new Set([
  'PutCommand',
  'UpdateCommand',
  'DeleteCommand',
  'SendMessageBatchCommand',
  'PutEventsCommand',
  'PublishCommand',
  'Slack',
]);

interface Sends {
  send(this: unknown, command: object, ...rest: unknown[]): Promise<unknown>;
}

interface Kill {
  /** The effect it happens at, from 0. */
  readonly at: number;
  readonly when: 'before' | 'after';
}

/** A kill before and after each of the effects. */
export function killsOf(effects: readonly string[]): Kill[] {
  return effects.flatMap((_, at): Kill[] => [
    { at, when: 'before' },
    { at, when: 'after' },
  ]);
}

/** Runs `work` and returns the effects it had; with `kill`, those up to it. What `work` throws for itself is thrown. */
export async function effectsOf(
  work: () => Promise<void>,
  kill?: Kill,
): Promise<{ effects: string[]; killed: boolean }> {
  const effects: string[] = [];
  let dead = false;
  /** What was sent before the kill lands all the same: whoever comes next, comes after it. */
  const underway: Promise<unknown>[] = [];
  const watch = async <T>(name: string, go: () => Promise<T>): Promise<T> => {
    if (dead) throw new Killed();
    if (!EFFECTS.has(name)) return go();
    dead = kill?.at === effects.length;
    if (dead && kill?.when === 'before') throw new Killed();
    effects.push(name);
    const effect = go();
    underway.push(effect);
    const result = await effect;
    if (dead) throw new Killed();
    return result;
  };

  const spies: { mockRestore(): void }[] = [DynamoDBDocumentClient, SQSClient, EventBridgeClient, SNSClient].map(
    (client) => {
      const prototype = client.prototype as unknown as Sends; // each client's overloads come down to this
      const { send } = prototype;
      return vi.spyOn(prototype, 'send').mockImplementation(function (this: unknown, command, ...rest) {
        return watch(command.constructor.name, () => send.call(this, command, ...rest));
      });
    },
  );
  const { fetch } = globalThis;
  spies.push(vi.spyOn(globalThis, 'fetch').mockImplementation((...given) => watch('Slack', () => fetch(...given))));
  try {
    await work();
    return { effects, killed: dead };
  } catch (caught) {
    if (caught instanceof Killed || dead) return { effects, killed: true };
    throw caught;
  } finally {
    await Promise.allSettled(underway);
    for (const spy of spies) spy.mockRestore();
  }
}
