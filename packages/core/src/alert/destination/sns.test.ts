import { InvalidParameterException, NotFoundException, ThrottledException } from '@aws-sdk/client-sns';
import { describe, expect, it } from 'vitest';
import { announcementOf } from '../message/announcement.ts';
import { plainText } from '../message/plain-text.ts';
import { announcement, raised, resolved } from '../test/announcements.ts';
import { snsFailure, snsMessage } from './sns.ts';

describe('snsMessage', () => {
  const told = announcementOf(resolved());

  it('has words for people and the facts for programs', () => {
    const { MessageStructure, Message } = snsMessage(told);
    const byProtocol = JSON.parse(Message ?? '');
    expect(MessageStructure).toBe('json');
    expect(Object.keys(byProtocol)).toEqual(['default', 'email', 'sms']);
    expect(byProtocol.email).toBe(plainText(told));
    expect(byProtocol.sms).toBe('✅ Resolved (critical): Payments failed. 7 payments failed within 5 minutes');
    expect(JSON.parse(byProtocol.default)).toEqual(told);
  });

  it('fits what SNS takes, whatever a group’s members say', () => {
    const long = '"\u{1F534}"'.repeat(10_000);
    const members = Array.from({ length: 10 }, () => announcement({ labels: { long } }));
    const head = { project: 'shop', group: 'grp_1', number: 1, labels: {}, severity: 'critical' } as const;
    const { Message } = snsMessage({ ...head, firing: 10, resolved: 0, members });
    expect(Buffer.byteLength(Message ?? '')).toBeLessThan(256 * 1024);
    const program = JSON.parse(JSON.parse(Message ?? '').default);
    expect(program.firing).toBe(10);
    expect(program.members.length).toBeGreaterThan(0);
  });

  it('carries attributes for filter policies', () => {
    const values = Object.entries(snsMessage(told).MessageAttributes ?? {}).map(([name, value]) => [
      name,
      value.StringValue,
    ]);
    expect(Object.fromEntries(values)).toEqual({
      project: 'shop',
      rule: 'payments-failed',
      severity: 'critical',
      status: 'resolved',
    });
  });

  it('keeps an SMS to one', () => {
    const { Message } = snsMessage(announcement({ summary: '🔴'.repeat(400) }));
    expect([...JSON.parse(Message ?? '').sms]).toHaveLength(140);
  });

  it.each([
    ['a raise', raised(), '[CRITICAL] shop: Payments failed'],
    ['a resolve', resolved(), '[RESOLVED] shop: Payments failed'],
    [
      'accents and other writing',
      raised({ rule: { id: 'r', version: 1, name: 'Café über 支払い' } }),
      '[CRITICAL] shop: Cafe uber ???',
    ],
    ['line breaks', raised({ rule: { id: 'r', version: 1, name: 'a\r\nBcc: b' } }), '[CRITICAL] shop: a Bcc: b'],
    [
      'a long name',
      raised({ rule: { id: 'r', version: 1, name: 'n'.repeat(300) } }),
      `[CRITICAL] shop: ${'n'.repeat(82)}`,
    ],
  ])('writes a subject SNS accepts: %s', (_, event, subject) => {
    const { Subject = '' } = snsMessage(announcementOf(event));
    expect(Subject).toBe(subject);
    expect(Subject).toMatch(/^[\x20-\x7e]{1,99}$/);
  });
});

describe('snsFailure', () => {
  const answered = (httpStatusCode: number) => ({ message: 'no', $metadata: { httpStatusCode } });
  const named = (name: string, status: number) => Object.assign(new Error('no'), { name, ...answered(status) });

  it.each([
    ['no such topic', new NotFoundException(answered(404)), 'refused'],
    ['a message it does not take', new InvalidParameterException(answered(400)), 'refused'],
    ['no permission', named('AuthorizationErrorException', 403), 'refused'],
    ['throttled', new ThrottledException(answered(429)), 'retry'],
    ['throttled with a 400', named('ThrottlingException', 400), 'retry'],
    ['credentials about to be renewed', named('ExpiredToken', 403), 'retry'],
    ['its own error', named('InternalErrorException', 500), 'retry'],
    ['no answer in time', new DOMException('aborted', 'TimeoutError'), 'retry'],
    ['no connection', new Error('connect ECONNREFUSED'), 'retry'],
  ])('%s', (_, error, result) => {
    expect(snsFailure(error).result).toBe(result);
  });
});
