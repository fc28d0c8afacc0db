/**
 * Figures of a workflow, in CloudWatch's embedded metric format: a log line that CloudWatch counts. What it says beside
 * them tells which file it was, and nothing of its records.
 */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { currentTrace } from './trace.ts';

/** One file a workflow is done with. */
export interface FinishedFile {
  readonly workflow: string;
  /** Lines read and, of these, put into quarantine; of a file whose lines nobody read, 1 and whether it was. */
  readonly records: number;
  readonly quarantined: number;
  /** As stored. */
  readonly bytes: number;
  /** ms from when the object was created until now. */
  readonly lag: number;
  /** What to find it by in the log. */
  readonly project: string;
  readonly collection?: string;
}

/** Writes nothing where infra named no namespace, as on a laptop. */
export function countFile({ workflow, records, quarantined, bytes, lag, project, collection }: FinishedFile): void {
  const namespace = process.env.MILLRACE_METRICS_NAMESPACE;
  if (!namespace) return;
  const metrics = new Metrics({ namespace, serviceName: workflow });
  metrics.addMetric('Files', MetricUnit.Count, 1);
  metrics.addMetric('Records', MetricUnit.Count, records);
  metrics.addMetric('Quarantined', MetricUnit.Count, quarantined);
  metrics.addMetric('Bytes', MetricUnit.Bytes, bytes);
  metrics.addMetric('Lag', MetricUnit.Milliseconds, Math.max(0, lag));
  metrics.addMetadata('project', project);
  if (collection !== undefined) metrics.addMetadata('collection', collection);
  const traceId = currentTrace();
  if (traceId !== undefined) metrics.addMetadata('traceId', traceId);
  metrics.publishStoredMetrics();
}
