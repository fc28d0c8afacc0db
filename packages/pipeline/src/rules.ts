/**
 * The alert rules, one file each in `rules/`: JSON, or TypeScript where a rule is put together from what others say too. They are
 * checked when this file is loaded, and applied to the table with `applyRules`: the evaluator reads them there.
 */
import { defineRules } from '@millrace/core/rule';
import machineAnyStopped from './rules/machine-any-stopped.json' with { type: 'json' };
import machinesAllStopped from './rules/machines-all-stopped.json' with { type: 'json' };
import pageLoadSlow from './rules/page-load-slow.json' with { type: 'json' };
import pageviewsDrop from './rules/pageviews-drop.json' with { type: 'json' };
import paymentsFailed from './rules/payments-failed.json' with { type: 'json' };
import { purchasesIncomplete } from './rules/purchases-incomplete.ts';
import revenueHigh from './rules/revenue-high.json' with { type: 'json' };

export const rules = defineRules([
  machinesAllStopped,
  machineAnyStopped,
  pageviewsDrop,
  paymentsFailed,
  pageLoadSlow,
  purchasesIncomplete,
  revenueHigh,
]);
