/**
 * Alert events and announcements for tests, with what matters to a test given and the rest filled in.
 */
import {
  type AlertEpisodeSnapshot,
  type Metadata,
  RuleAlertRaised,
  RuleAlertResolved,
  RuleAlertRevised,
} from '../../event/index.ts';
import { type AlertEvent, type AlertStatus, type Announcement, announcementOf } from '../message/announcement.ts';

export function snapshot(given: Partial<AlertEpisodeSnapshot> = {}): AlertEpisodeSnapshot {
  return {
    episode: 'eps_1',
    sequence: 1,
    rule: { id: 'payments-failed', version: 3, name: 'Payments failed' },
    severity: 'critical',
    partition: { country: 'DE' },
    startedAt: '2026-03-02T10:05:00.000Z',
    window: { start: '2026-03-02T10:05:00.000Z', end: '2026-03-02T10:10:00.000Z' },
    value: '7',
    threshold: '>= 5',
    routes: ['ops-slack', 'ops-sns'],
    sendResolved: true,
    labels: { team: 'checkout' },
    summary: '7 payments failed within 5 minutes',
    ...given,
  };
}

function metadata(kind: string, { episode, sequence }: AlertEpisodeSnapshot, project: string): Metadata {
  const id = `evt_${kind}_${episode}_${sequence}`;
  return { id, version: 1, project, traceId: 'trc_1', hop: 0, producedBy: 'evaluator' };
}

export function raised(given: Partial<AlertEpisodeSnapshot> = {}, project = 'shop'): AlertEvent {
  const alert = snapshot(given);
  return RuleAlertRaised.create(alert, metadata('raised', alert, project));
}

export function resolved(given: Partial<AlertEpisodeSnapshot> = {}, project = 'shop'): AlertEvent {
  const alert = snapshot({
    sequence: 2,
    resolvedAt: '2026-03-02T11:30:00.000Z',
    window: { start: '2026-03-02T11:30:00.000Z', end: '2026-03-02T11:35:00.000Z' },
    value: '0',
    ...given,
  });
  return RuleAlertResolved.create(alert, metadata('resolved', alert, project));
}

/** @param revision the how-manieth of the episode, where revisions are counted. */
export function revised(
  status: AlertStatus,
  given: Partial<AlertEpisodeSnapshot> = {},
  project = 'shop',
  revision?: number,
): AlertEvent {
  const alert = snapshot({ sequence: 2, ...given });
  const counted = revision === undefined ? {} : { revision };
  const properties = { ...alert, status, reason: 'a late file arrived', ...counted };
  const kind = `revised_${status}_${alert.window.end}_${alert.value}${revision ?? ''}`;
  return RuleAlertRevised.create(properties, metadata(kind, alert, project));
}

/** The announcement of a raise. */
export function announcement(given: Partial<AlertEpisodeSnapshot> = {}, project = 'shop'): Announcement {
  return announcementOf(raised(given, project));
}
