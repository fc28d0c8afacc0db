/**
 * How far back touches count, and which records belong to one visit.
 */

/** Milliseconds before a conversion that a click, and that a view, counts. */
export interface Reach {
  readonly click: number;
  readonly view: number;
}

export interface Sessions {
  /** Milliseconds without a record after which a visit is over. */
  readonly timeout: number;
  /** Whether coming by another campaign, referrer or search opens a visit while one is under way. */
  readonly newCampaign: boolean;
}
