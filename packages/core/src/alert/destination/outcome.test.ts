import { describe, expect, it } from 'vitest';
import { httpOutcome, retryAfterLength } from './outcome.ts';

const now = Date.parse('2026-03-02T10:00:00.000Z');

describe('httpOutcome', () => {
  it.each([
    [200, null, { result: 'sent' }],
    [204, null, { result: 'sent' }],
    [429, '30', { result: 'retry', reason: '429 no_service', after: 30_000 }],
    [429, null, { result: 'retry', reason: '429 no_service' }],
    [408, null, { result: 'retry', reason: '408 no_service' }],
    [500, null, { result: 'retry', reason: '500 no_service' }],
    [503, '7', { result: 'retry', reason: '503 no_service', after: 7000 }],
    [301, null, { result: 'refused', reason: '301 no_service' }],
    [400, null, { result: 'refused', reason: '400 no_service' }],
    [403, null, { result: 'refused', reason: '403 no_service' }],
    [404, '30', { result: 'refused', reason: '404 no_service' }],
    [410, null, { result: 'refused', reason: '410 no_service' }],
  ])('%i with Retry-After %s', (status, retryAfter, outcome) => {
    expect(httpOutcome(status, { body: 'no_service', retryAfter }, now)).toEqual(outcome);
  });

  it('quotes the start of a long answer on one line', () => {
    const outcome = httpOutcome(403, { body: `<html>\n${'x'.repeat(5000)}`, retryAfter: null }, now);
    expect(outcome).toEqual({ result: 'refused', reason: `403 <html> ${'x'.repeat(193)}` });
  });
});

describe('retryAfterLength', () => {
  it.each([
    ['0', 0],
    ['30', 30_000],
    [' 3600 ', 3_600_000],
    ['Mon, 02 Mar 2026 10:01:30 GMT', 90_000],
    ['Mon, 02 Mar 2026 09:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['', undefined],
    [null, undefined],
  ])('%s', (header, length) => {
    expect(retryAfterLength(header, now)).toBe(length);
  });
});
