/**
 * A rule in TypeScript, as its sentence names what it asks for: one list says both. Editors complete it, and the compiler checks it.
 */
import { defineRule } from '@millrace/core/rule';

const id = { path: 'order.id', type: 'string' } as const;
const total = { path: 'order.total' };
const currency = { path: 'order.currency', type: 'string' } as const;

export const purchasesIncomplete = defineRule({
  id: 'purchases-incomplete',
  name: 'Purchases lack properties',
  project: 'shop',
  source: { collections: ['purchases'] },
  window: { kind: 'tumbling', size: '5m' },
  signal: { kind: 'schema', required: [id, total, currency], as: 'count', compare: { op: 'gte', value: 2 } },
  severity: 'warning',
  notify: { routes: ['ops-slack', 'ops-sns'] },
  template: `{name} (${id.path}, ${total.path} or ${currency.path}): {value} in the five minutes to {end}`,
  tests: [
    {
      name: 'two that lack something in five minutes are too many, whatever they lack',
      records: [
        { keen: { timestamp: '2026-03-02T09:00:00.000Z' }, order: { id: 'o-1', total: '9.90', currency: 'EUR' } },
        { keen: { timestamp: '2026-03-02T09:01:00.000Z' }, order: { id: 2, total: '9.90', currency: 'EUR' } },
        { keen: { timestamp: '2026-03-02T09:02:00.000Z' }, order: { id: 'o-3', currency: 'EUR' } },
      ],
      episodes: [{ startedAt: '2026-03-02T09:00:00Z', value: '2' }],
    },
    {
      name: 'one is not',
      records: [
        { keen: { timestamp: '2026-03-02T09:04:00.000Z' }, order: { id: 'o-1', total: '9.90' } },
        { keen: { timestamp: '2026-03-02T09:05:00.000Z' }, order: { id: 'o-2', total: '9.90' } },
      ],
      episodes: [],
    },
  ],
});
