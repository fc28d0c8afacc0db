import { expect, test } from 'vitest';
import { failedMessages, toEvent } from './batch.ts';

const ids = ['a', 'b', 'c'];
const all = new Set(ids);
const none = new Set();

test.each([
  ['nothing', undefined, none],
  ['null', null, none],
  ['an empty object', {}, none],
  ['no failures', { batchItemFailures: [] }, none],
  ['null failures', { batchItemFailures: null }, none],
  ['text', 'ok', none],
  ['one failure', { batchItemFailures: [{ itemIdentifier: 'b' }] }, new Set(['b'])],
  ['the same failure twice', { batchItemFailures: [{ itemIdentifier: 'b' }, { itemIdentifier: 'b' }] }, new Set(['b'])],
  ['an unknown id', { batchItemFailures: [{ itemIdentifier: 'b' }, { itemIdentifier: 'x' }] }, all],
  ['an empty id', { batchItemFailures: [{ itemIdentifier: '' }] }, all],
  ['a null id', { batchItemFailures: [{ itemIdentifier: null }] }, all],
  ['a wrong key', { batchItemFailures: [{ id: 'b' }] }, all],
  ['failures that are no list', { batchItemFailures: 'b' }, all],
])('an answer with %s', (_, answer, failed) => {
  expect(failedMessages(answer, ids)).toEqual(failed);
});

test('a message becomes a record of the shape Lambda gives', () => {
  const message = {
    MessageId: 'm',
    ReceiptHandle: 'r',
    Body: 'text',
    MD5OfBody: 'd',
    Attributes: { ApproximateReceiveCount: '2' },
    MessageAttributes: { errorCode: { DataType: 'String', StringValue: 'x' } },
  };
  expect(toEvent([message], { arn: 'arn:q', region: 'us-east-1' })).toEqual({
    Records: [
      {
        messageId: 'm',
        receiptHandle: 'r',
        body: 'text',
        attributes: { ApproximateReceiveCount: '2' },
        messageAttributes: {
          errorCode: { stringValue: 'x', stringListValues: [], binaryListValues: [], dataType: 'String' },
        },
        md5OfBody: 'd',
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:q',
        awsRegion: 'us-east-1',
      },
    ],
  });
});
