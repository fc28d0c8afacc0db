/**
 * Mistakes in what keeps data.
 */
import { change, changeLifecycle, drop, remove, rewrite, unprotect } from '../tamper.ts';
import type { Fault } from './fault.ts';

export const storageFaults: readonly Fault[] = [
  {
    fault: 'a bucket that forgets what was overwritten',
    seed: (graph) => remove(graph, 'BucketVersioning', 'StreamsVersioning'),
    check: 'bucketIsReady',
    says: /bucket versioning: status/,
  },
  {
    fault: 'a bucket in the clear',
    seed: (graph) => remove(graph, 'BucketServerSideEncryptionConfiguration', 'StreamsEncryption'),
    check: 'bucketIsReady',
    says: /bucket encryption/,
  },
  {
    fault: 'a bucket that takes plain HTTP',
    seed: (graph) => rewrite(graph, 'BucketPolicy', 'StreamsPolicy', 'policy', '"false"', '"true"'),
    check: 'bucketIsReady',
    says: /bucket policy: Condition/,
  },
  {
    fault: 'a bucket for everybody',
    seed: (graph) =>
      change(graph, 'BucketPublicAccessBlock', 'StreamsPublicAccessBlock', { restrictPublicBuckets: false }),
    check: 'bucketIsReady',
    says: /restrictPublicBuckets/,
  },
  {
    fault: 'quarantined lines kept for ever',
    seed: (graph) => changeLifecycle(graph, 'quarantine', { filter: { prefix: 'quarantine/' } }),
    check: 'bucketIsReady',
    says: /lifecycle of quarantine: filter/,
  },
  {
    fault: "a lifecycle that ends producers' files",
    seed: (graph) => changeLifecycle(graph, 'replaced-versions', { expiration: { days: 30 } }),
    check: 'bucketIsReady',
    says: /replaced-versions ends every object/,
  },
  {
    fault: 'a bus without an archive',
    seed: (graph) => remove(graph, 'EventArchive', 'EventsArchive'),
    check: 'archiveIsReady',
    says: /archive: eventSourceArn/,
  },
  {
    fault: "an archive of everybody's events",
    seed: (graph) => drop(graph, 'EventArchive', 'EventsArchive', 'eventPattern'),
    check: 'archiveIsReady',
    says: /archive: pattern is null/,
  },
  {
    fault: 'a production that can be removed',
    stage: 'permanent',
    seed: (graph) => change(graph, 'Table', 'StateTable', { deletionProtectionEnabled: false }),
    check: 'dataIsKept',
    says: /deletionProtectionEnabled/,
  },
  {
    fault: 'a production whose table Pulumi would replace',
    stage: 'permanent',
    seed: (graph) => unprotect(graph, 'Table', 'StateTable'),
    check: 'dataIsKept',
    says: /protected: table is false/,
  },
  {
    fault: 'a table that cannot be restored',
    seed: (graph) => drop(graph, 'Table', 'StateTable', 'pointInTimeRecovery'),
    check: 'tableIsReady',
    says: /pointInTimeRecovery/,
  },
  {
    fault: 'a bucket that tells nobody',
    seed: (graph) => drop(graph, 'BucketNotification', 'StreamsNotificationsNotification', 'eventbridge'),
    check: 'bucketIsReady',
    says: /eventbridge/,
  },
  {
    fault: 'a table that keeps everything',
    seed: (graph) => drop(graph, 'Table', 'StateTable', 'ttl'),
    check: 'tableIsReady',
    says: /table: ttl/,
  },
  {
    fault: 'a table without its index',
    seed: (graph) => change(graph, 'Table', 'StateTable', { globalSecondaryIndexes: [] }),
    check: 'tableIsReady',
    says: /globalSecondaryIndexes/,
  },
  {
    fault: 'a personal stage that cannot be removed',
    seed: (graph) => change(graph, 'Table', 'StateTable', { deletionProtectionEnabled: true }),
    check: 'dataIsKept',
    says: /deletionProtectionEnabled/,
  },
];
