/**
 * The delivery ledger of a project, newest first.
 */
import { AlertDelivery, type Delivery } from '@millrace/core/alert';
import { iso } from '@millrace/core/runtime';
import { fromKeyPart, keyPart } from '@millrace/core/table';
import { type Page, type PageQuery, pageOf } from './page.ts';

export interface DeliveryView extends Pick<Delivery, 'id' | 'episode' | 'route' | 'sequence' | 'state' | 'attempts'> {
  /** End of the window it tells of, ISO 8601. */
  readonly at: string;
  /** Why it failed or was suppressed. */
  readonly reason?: string;
}

export async function listDeliveries(project: string, query: PageQuery): Promise<Page<DeliveryView>> {
  return await pageOf(
    ['deliveries', project],
    query,
    (options) => AlertDelivery.query.byTime({ project: keyPart(project) }).go({ ...options, order: 'desc' }),
    ({ id, episode, route, sequence, state, attempts, at, reason }) => ({
      id,
      episode: fromKeyPart(episode) ?? episode,
      route: fromKeyPart(route) ?? route,
      sequence,
      state,
      attempts,
      at: iso(at),
      ...(reason === undefined ? {} : { reason }),
    }),
  );
}
