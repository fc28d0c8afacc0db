/**
 * Click ids: parameters that ad networks add to the links people follow to a page.
 */
export interface ClickId {
  readonly parameter: string;
  readonly network: string;
  /** The name its visits go by in utm_source. */
  readonly source: string;
  readonly placement: 'search' | 'social' | 'display';
  /** Whether only links that were paid for carry it. Facebook's and Instagram's are on all links. */
  readonly paid: boolean;
}

type Row = readonly [parameter: string, network: string, source: string, ClickId['placement'], paid?: 'also unpaid'];

const ROWS: readonly Row[] = [
  ['gclid', 'Google', 'google', 'search'],
  ['gbraid', 'Google', 'google', 'search'],
  ['wbraid', 'Google', 'google', 'search'],
  ['dclid', 'DoubleClick', 'google', 'display'],
  ['msclkid', 'Microsoft', 'bing', 'search'],
  ['yclid', 'Yandex', 'yandex', 'search'],
  ['fbclid', 'Facebook', 'facebook', 'social', 'also unpaid'],
  ['igshid', 'Instagram', 'instagram', 'social', 'also unpaid'],
  ['ttclid', 'TikTok', 'tiktok', 'social'],
  ['twclid', 'X', 'x', 'social'],
  ['li_fat_id', 'LinkedIn', 'linkedin', 'social'],
  ['rdt_cid', 'Reddit', 'reddit', 'social'],
  ['epik', 'Pinterest', 'pinterest', 'social'],
  ['ScCid', 'Snapchat', 'snapchat', 'social'],
];
/** The first that a link carries counts. */
const CLICK_IDS = ROWS.map(([parameter, network, source, placement, unpaid]) => ({
  parameter,
  network,
  source,
  placement,
  paid: unpaid === undefined,
}));

/** The click id of a page's query. */
export function clickIdOf(query: URLSearchParams): ClickId | undefined {
  return CLICK_IDS.find(({ parameter }) => query.get(parameter));
}
