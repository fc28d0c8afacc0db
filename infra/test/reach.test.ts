/**
 * What functions may do with what is not Millrace's.
 */
import { describe, expect, it } from 'vitest';
import { quarantineInSources, reachOut, readSources } from '../reach.ts';

const naming = {
  arnOf: (service: string, resource: string) => `arn:aws:${service}:eu-central-1:123456789012:${resource}`,
  bucketArn: (path: string) => `arn:aws:s3:::${path}`,
};

/** `action on resource`, of each. */
const allowed = (permissions: readonly { actions: string[]; resources: string[] }[]) =>
  permissions.flatMap(({ actions, resources }) =>
    actions.flatMap((one) => resources.map((other) => `${one} on ${other}`)),
  );

describe('reach', () => {
  it('is nothing where nothing is named', () => {
    expect(reachOut({}, naming)).toEqual([]);
    expect(readSources([], naming)).toEqual([]);
  });

  it('is what is named, and no more', () => {
    const role = 'arn:aws:iam::210987654321:role/millrace-copies';
    const topic = 'arn:aws:sns:eu-central-1:123456789012:duty';
    expect(
      allowed(reachOut({ buckets: ['mirror'], roles: [role], deliveryStreams: ['archive'], topics: [topic] }, naming)),
    ).toEqual([
      's3:PutObject on arn:aws:s3:::mirror/*',
      's3:PutObjectTagging on arn:aws:s3:::mirror/*',
      's3:AbortMultipartUpload on arn:aws:s3:::mirror/*',
      `sts:AssumeRole on ${role}`,
      'firehose:PutRecordBatch on arn:aws:firehose:eu-central-1:123456789012:deliverystream/archive',
      `sns:Publish on ${topic}`,
    ]);
  });

  it('of producers’ buckets is to read them, and to write below one prefix', () => {
    expect(allowed(readSources(['raw'], naming))).toEqual([
      's3:GetObject on arn:aws:s3:::raw/*',
      's3:ListBucket on arn:aws:s3:::raw',
    ]);
    expect(allowed(quarantineInSources(['raw'], { ...naming, prefix: '_millrace/quarantine/' }))).toEqual([
      's3:PutObject on arn:aws:s3:::raw/_millrace/quarantine/*',
      's3:AbortMultipartUpload on arn:aws:s3:::raw/_millrace/quarantine/*',
    ]);
  });
});
