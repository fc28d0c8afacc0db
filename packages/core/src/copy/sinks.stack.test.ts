/**
 * What a copy selects, and where it can go beside its source's bucket: another bucket, in another layout, by the rights
 * of a role; and an address that takes arrays.
 */
import { createHmac } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { CreateBucketCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeEach, expect, it, vi } from 'vitest';
import { type Metadata, type StreamFile, StreamFileReceived } from '../event/index.ts';
import { streamsBucket } from '../runtime/resource.ts';
import { FileProgress, keen, parseLineage, pattern, readObjectIfPresent } from '../stream/index.ts';
import { s3 } from '../stream/object.ts';
import { type Arrived, SeverableLine } from '../stream/test/index.ts';
import { put as putObject } from '../stream/test/streams.ts';
import { keyPart, table } from '../table/index.ts';
import { copyFile } from './copy-file.ts';
import { type CopyDeclaration, defineCopies } from './declaration.ts';

vi.hoisted(() => {
  process.env.SST_RESOURCE_HookSecret = JSON.stringify({ value: `whsec_${Buffer.from('key').toString('base64')}` });
});

const ROLE = 'arn:aws:iam::210987654321:role/millrace-copies';
const line = new SeverableLine();
afterAll(() => line.close());

/** Access keys by which S3 was written to, by path. */
const signers = new Map<string, string>();
process.env.AWS_ENDPOINT_URL_S3 = await line.to(
  'S3',
  process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL ?? '',
  ({ url, headers }) => {
    const { pathname, searchParams } = new URL(url, 'http://s3');
    if (searchParams.get('x-id') === 'PutObject')
      signers.set(decodeURIComponent(pathname), String(headers.authorization));
  },
);
const assumed: string[] = [];
process.env.AWS_ENDPOINT_URL_STS = await line.server('STS', ({ body }) => {
  const asked = new URLSearchParams(body.toString());
  assumed.push(`${asked.get('Action')} ${asked.get('RoleArn')} ${asked.get('RoleSessionName')}`);
  const credentials =
    '<AccessKeyId>AKIDLENT</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>' +
    '<Expiration>2099-01-01T00:00:00Z</Expiration>';
  const result = `<AssumeRoleResult><Credentials>${credentials}</Credentials></AssumeRoleResult>`;
  return {
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: `<AssumeRoleResponse>${result}</AssumeRoleResponse>`,
  };
});
const requests: Arrived[] = [];
const hookUrl = await line.server('hook', (arrived) => {
  requests.push(arrived);
  return { status: 200, body: 'thanks' };
});

const other = `${streamsBucket()}-other`;
await s3().send(new CreateBucketCommand({ Bucket: other }));

const layout = keen();
const cause: Metadata = {
  id: 'evt_0123456789abcdefghjkmnpqrs',
  ...{ version: 1, project: 'shop', traceId: 'trc_0123456789abcdefghjkmnpqrs', hop: 0, producedBy: 'ingest' },
};
const records = [
  { keen: { id: '1' }, order: { total: 5 }, country: 'DE' },
  { keen: { id: '2' }, order: { total: 50 }, country: 'DE' },
  { keen: { id: '3' }, order: { total: 500 }, country: 'FR' },
  { keen: { id: '4' }, order: {} },
];
let file: StreamFile;

beforeEach(async () => {
  const interval = Date.parse('2026-03-02T09:00:00.000Z');
  const key = layout.key({ project: 'shop', collection: 'pageviews', interval });
  file = await putObject(key, records.map((record) => JSON.stringify(record)).join('\n'));
  const at = { workflow: keyPart('copier'), bucket: keyPart(file.bucket), file: keyPart(file.key) };
  await FileProgress.delete(at).go(table());
  requests.length = 0;
  signers.clear();
});

async function copy(declaration: Omit<CopyDeclaration, 'name' | 'from'> & { from?: object }): Promise<void> {
  const copies = defineCopies([{ name: 'one', ...declaration, from: { project: 'shop', ...declaration.from } }]);
  await copyFile({ type: StreamFileReceived.type, properties: file, metadata: cause }, { copies, layout });
}

async function totals(bucket: string, key: string): Promise<unknown[]> {
  const body = await readObjectIfPresent(bucket, key);
  const text = body === undefined ? '' : gunzipSync(await buffer(body)).toString();
  return text.split('\n').flatMap((json) => (json === '' ? [] : [JSON.parse(json).order.total]));
}

it.each([
  [{ path: 'order.total', op: 'gte' as const, value: 50 }, [50, 500]],
  [
    {
      all: [
        { path: 'country', op: 'eq' as const, value: 'DE' },
        { not: { path: 'order.total', op: 'lt' as const, value: 50 } },
      ],
    },
    [50],
  ],
  [{ path: 'order.total', op: 'missing' as const }, [undefined]],
  [{ path: 'order.total', op: 'lt' as const, value: '9' }, []],
])('copies the records for which %j holds', async (where, expected) => {
  await copy({ from: { where }, into: { project: 'chosen' } });
  expect(
    await totals(
      file.bucket,
      layout.key({ project: 'chosen', collection: 'pageviews', interval: Date.parse(file.interval) }),
    ),
  ).toEqual(expected);
});

it('writes into another bucket, in another layout, tagged, with what it came from', async () => {
  const daily = pattern('{project}/dt={date}/{collection}/…', { timePath: 'keen.timestamp' });
  await copy({ into: { project: 'shop' }, sink: { kind: 's3', bucket: other, layout: daily } });
  const key = daily.key({ project: 'shop', collection: 'pageviews', interval: Date.parse(file.interval) });
  expect(key).toMatch(/^shop\/dt=2026-03-02\/pageviews\//);
  expect(await totals(other, key)).toEqual([5, 50, 500, undefined]);
  expect(signers.get(`/${other}/${key}`)).not.toContain('AKIDLENT');
  const { Metadata: metadata = {} } = await s3().send(new HeadObjectCommand({ Bucket: other, Key: key }));
  expect(metadata['millrace-source']).toBe(`s3://${file.bucket}/${file.key}`);
  expect(parseLineage(metadata)).toMatchObject({
    writtenBy: 'copier',
    hop: 1,
    causedBy: cause.id,
    traceId: cause.traceId,
  });
});

it('writes with the rights of a role, which it assumes once', async () => {
  const key = layout.key({ project: 'lent', collection: 'pageviews', interval: Date.parse(file.interval) });
  const sink = { kind: 's3' as const, bucket: other, role: ROLE, region: 'eu-central-1' };
  await copy({ into: { project: 'lent' }, sink });
  expect(await totals(other, key)).toEqual([5, 50, 500, undefined]);
  expect(signers.get(`/${other}/${key}`)).toMatch(/Credential=AKIDLENT\/\d{8}\/eu-central-1\//);
  await copy({ from: { sample: 1 }, into: { project: 'lent-again' }, sink });
  expect(assumed).toEqual([`AssumeRole ${ROLE} millrace-copier`]);
});

it('sends arrays of JSON, signed with a key in base64', async () => {
  await copy({ sink: { kind: 'http', url: `${hookUrl}/in`, format: 'json', signedWith: 'HookSecret', batch: 3 } });
  const bodies = requests.map(({ body }) => JSON.parse(body.toString()));
  expect(bodies.map((batch) => batch.map((record: (typeof records)[number]) => record.order.total))).toEqual([
    [5, 50, 500],
    [undefined],
  ]);
  for (const { headers, body } of requests) {
    expect(headers['content-type']).toBe('application/json');
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', 'key').update(signed).digest('base64')}`);
  }
});
