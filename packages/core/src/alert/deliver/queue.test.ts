import { describe, expect, it } from 'vitest';
import { deliveryMessage, parseDeliveryMessage } from './queue.ts';

const key = { project: 'shop', episode: 'eps_1', position: '000002', route: 'ops-slack' };
const cause = { id: 'evt_1', traceId: 'trc_1', hop: 1 };

describe('delivery messages', () => {
  it('come out as they went in', () => {
    const message = deliveryMessage(key, { ...cause, replay: 'rpl_1' });
    expect(parseDeliveryMessage(JSON.stringify(message))).toEqual(message);
    expect(message).toEqual({
      ...key,
      delivery: expect.stringMatching(/^dlv_\w{26}$/),
      cause: { ...cause, replay: 'rpl_1' },
    });
  });

  it('name the same delivery the same way each time, and others otherwise', () => {
    const ids = [{}, { project: 'x' }, { episode: 'x' }, { position: '000003' }, { route: 'x' }].map(
      (other) => deliveryMessage({ ...key, ...other }, cause).delivery,
    );
    expect(deliveryMessage({ ...key }, { ...cause, id: 'evt_2' }).delivery).toBe(ids[0]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([
    ['{"delivery":', 'not_json'],
    ['{"delivery":"dlv_1"}', 'invalid_payload'],
    [JSON.stringify({ ...deliveryMessage(key, cause), position: '' }), 'invalid_payload'],
  ])('are refused for good where they are none: %s', (body, code) => {
    expect(() => parseDeliveryMessage(body)).toThrow(expect.objectContaining({ code, retryable: false }));
  });
});
