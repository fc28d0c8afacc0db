import { describe, expect, it } from 'vitest';
import { routes } from '../../pipeline/src/routes.ts';
import { triggers } from './workflows.ts';

const sender = triggers.find(({ source }) => source.kind === 'deliveries');
const grants: readonly string[] = sender?.grants ?? [];
const topics = sender?.reach?.topics ?? [];

describe('routes', () => {
  it.each([...routes])('%s names only what the sender may use; see its entry in workflows.ts', (_, route) => {
    if ('secret' in route) expect(grants).toContain(`secret:${route.secret}`);
    if ('topic' in route && route.topic !== 'Alerts') expect(topics).toContain(route.topic);
  });
});
