/**
 * Counts the requests to the table that some work makes.
 */
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { vi } from 'vitest';

interface Sends {
  send(this: unknown, command: object, ...rest: unknown[]): Promise<unknown>;
}

export async function countRequests(work: () => Promise<void>): Promise<{ requests: number; scans: number }> {
  let requests = 0;
  let scans = 0;
  const prototype = DynamoDBDocumentClient.prototype as unknown as Sends; // its overloads come down to this
  const { send } = prototype;
  const spy = vi.spyOn(prototype, 'send').mockImplementation(function (this: unknown, command, ...rest) {
    requests += 1;
    if (command.constructor.name === 'ScanCommand') scans += 1;
    return send.call(this, command, ...rest);
  });
  try {
    await work();
    return { requests, scans };
  } finally {
    spy.mockRestore();
  }
}
