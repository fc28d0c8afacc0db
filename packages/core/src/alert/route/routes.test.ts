import { describe, expect, it, vi } from 'vitest';
import { announcement } from '../test/announcements.ts';
import { defineRoutes, kindOf, openRoute } from './routes.ts';

vi.hoisted(() => {
  // links are read when sst is imported; `unset` is the placeholder of a secret nobody has set
  process.env.SST_RESOURCE_App = '{"name":"millrace","stage":"test"}';
  process.env.SST_RESOURCE_Empty = '{"value":"unset"}';
  process.env.SST_RESOURCE_Odd = '{"value":"T000/B000/token"}';
});

describe('defineRoutes', () => {
  it('takes Slack by a secret and SNS by a topic', () => {
    const arn = 'arn:aws:sns:eu-central-1:123456789012:on-call';
    const routes = defineRoutes({
      'ops-slack': { kind: 'slack', secret: 'SlackWebhookUrl' },
      'ops-sns': { kind: 'sns', topic: 'Alerts' },
      'on-call': { kind: 'sns', topic: arn },
    });
    expect([...routes.keys()]).toEqual(['ops-slack', 'ops-sns', 'on-call']);
    expect(routes.get('on-call')).toEqual({ kind: 'sns', topic: arn });
  });

  it.each([
    ['a kind there is none of', { r: { kind: 'pager' } }, /Expected 'slack' \| 'sns' \| 'webhook'/],
    [
      'a URL in place of a secret',
      { r: { kind: 'slack', secret: 'https://hooks.slack.com/x' } },
      /never the URL itself/,
    ],
    ['a topic that is none', { r: { kind: 'sns', topic: 'Alarms' } }, /Alerts, the topic of this stack/],
    ['a property too many', { r: { kind: 'sns', topic: 'Alerts', secret: 'A' } }, /secret/],
    ['a name that is none', { 'Ops Slack': { kind: 'sns', topic: 'Alerts' } }, /Ops Slack/],
  ])('says what is wrong with %s', (_, declaration, message) => {
    expect(() => defineRoutes(declaration as never)).toThrow(message);
  });
});

describe('openRoute', () => {
  const routes = defineRoutes({
    empty: { kind: 'slack', secret: 'Empty' },
    odd: { kind: 'slack', secret: 'Odd' },
    missing: { kind: 'slack', secret: 'Missing' },
    topic: { kind: 'sns', topic: 'Alerts' },
  });

  it.each([
    ['empty', /the secret Empty is not set.*sst secret set Empty/],
    ['odd', /the secret Odd is not a URL/],
    ['missing', /the secret Missing is missing.*sst secret set Missing/],
    ['topic', /Alerts/],
  ])('cannot without what the route names: %s', (name, message) => {
    expect(() => openRoute(routes, name)).toThrow(message);
  });

  it('does not repeat a secret', () => {
    expect(() => openRoute(routes, 'odd')).not.toThrow(/T000/);
  });

  it.each(['ops', '__proto__', 'constructor'])(
    'refuses all that goes to a name there is no route of: %s',
    async (name) => {
      const { send } = openRoute(routes, name);
      expect(kindOf(routes, name)).toBe('unknown');
      expect(await send(announcement(), { delivery: 'dlv_1', now: () => 0 })).toEqual({
        result: 'refused',
        reason: expect.stringContaining(`there is no route "${name}" (empty, odd, missing, topic)`),
      });
    },
  );
});
