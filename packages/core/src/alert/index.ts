/**
 * Alerts: from what a rule announced to what people read.
 *
 * episode/ alert episodes, their history, and what people do with them. route/ who hears of which transition. mute/ what keeps
 * it from them. group/ alerts told together. message/ what is said. deliver/ the ledger, and the sender's work on it, once each.
 * destination/ Slack, SNS, webhooks. What waits for its time lies in `deadline.ts`, and `tick-alerts.ts` meets it.
 */
export { AlertDeadline } from './deadline.ts';
export { AlertDelivery, type Delivery, type DeliveryKey, deliveriesOf, listDeliveries } from './deliver/delivery.ts';
export { AlertPace } from './deliver/pace.ts';
export { DeliveryMessage, type DeliveryQueue, deliveryQueue, parseDeliveryMessage } from './deliver/queue.ts';
export { retryDeliveries } from './deliver/retry-delivery.ts';
export { DeliveryFailed, type SenderOptions, sendDelivery, UnknownDelivery } from './deliver/send-delivery.ts';
export { slackMessage } from './destination/slack-message.ts';
export { signatureOf } from './destination/webhook.ts';
export { AlertEpisode, type Episode, listEpisodes, readEpisode } from './episode/episode.ts';
export { AlertTransition, listTransitions, readTransition, SequenceTaken } from './episode/transition.ts';
export {
  AlertComment,
  acknowledge,
  assign,
  type Comment,
  comment,
  listComments,
  UnknownEpisode,
} from './episode/triage.ts';
export { AlertGroup, AlertGroupMember } from './group/group.ts';
export { AlertNotice, groupMessagesOf } from './group/notice.ts';
export { type AlertEvent, type Announcement, announcementOf } from './message/announcement.ts';
export type { GroupAnnouncement, Message } from './message/group-announcement.ts';
export { plainText } from './message/plain-text.ts';
export { AlertInhibitor, defineInhibitions, type Inhibitions } from './mute/inhibition.ts';
export { AlertCooldown } from './mute/mute.ts';
export { AlertSilence, createSilence, endSilence, InvalidSilence, listSilences, type Silence } from './mute/silence.ts';
export { type Matcher, matcherText, parseMatcher, parseMatchers } from './route/matcher.ts';
export { type RouterOptions, routeAlert } from './route/route-alert.ts';
export { defineRoutes, openRoute, Route, type Routes } from './route/routes.ts';
export { type AlertsTicked, type AlertTickOptions, tickAlerts } from './tick-alerts.ts';
