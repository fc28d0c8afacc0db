import { afterEach, expect, test } from 'vitest';
import { type SlackAnswer, type SlackStandIn, startSlack } from './index.ts';

let slack: SlackStandIn;
afterEach(async () => await slack.stop());

const post = async (body: string) => {
  const response = await fetch(slack.webhookUrl, { method: 'POST', body, signal: AbortSignal.timeout(300) });
  return { status: response.status, body: await response.text(), retryAfter: response.headers.get('retry-after') };
};
const hello = JSON.stringify({ text: 'hello' });

test('a message is answered "ok", kept, and told of', async () => {
  const heard: unknown[] = [];
  slack = await startSlack({ onMessage: ({ payload }) => heard.push(payload) });
  expect(await post(hello)).toMatchObject({ status: 200, body: 'ok' });
  expect(heard).toEqual([{ text: 'hello' }]);
  expect(slack.messages).toMatchObject([{ payload: { text: 'hello' }, path: expect.stringMatching(/^\/services\//) }]);
});

test.each<[SlackAnswer, object]>([
  ['server_error', { status: 500 }],
  ['forbidden', { status: 403, body: 'action_prohibited' }],
  ['no_service', { status: 404, body: 'no_service' }],
  [{ retryAfter: 7 }, { status: 429, retryAfter: '7' }],
])('a scripted answer comes once and posts nothing: %j', async (answer, expected) => {
  slack = await startSlack();
  slack.answerNext(answer);
  expect(await post(hello)).toMatchObject(expected);
  expect(slack.messages).toEqual([]);
  expect(await post(hello)).toMatchObject({ status: 200 });
  expect(slack.messages).toHaveLength(1);
});

test.each<SlackAnswer>(['hang', 'cut'])('a connection can %s', async (answer) => {
  slack = await startSlack();
  slack.answerNext(answer);
  await expect(post(hello)).rejects.toThrow();
  expect(slack.messages).toEqual([]);
});

test.each([
  ['no JSON', 'hello', 'invalid_payload'],
  ['no object', '[]', 'invalid_payload'],
  ['nothing to show', '{"channel": "#a"}', 'no_text'],
])('refused as Slack refuses it: %s', async (_, body, error) => {
  slack = await startSlack();
  expect(await post(body)).toMatchObject({ status: 400, body: error });
});
