/**
 * Woken by rule.alert_raised, rule.alert_resolved and rule.alert_revised.
 */
import { deliveryQueue, routeAlert } from '@millrace/core/alert';
import { subscriber } from '@millrace/core/bus';
import { RuleAlertRaised, RuleAlertResolved, RuleAlertRevised } from '@millrace/core/event';
import { systemClock } from '@millrace/core/runtime';
import { inhibitions, routes } from '@millrace/pipeline/routes';

export const handler = subscriber([RuleAlertRaised, RuleAlertResolved, RuleAlertRevised], (event) =>
  routeAlert(event, { queue: deliveryQueue, routes, inhibitions, now: systemClock }),
);
