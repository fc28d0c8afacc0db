/**
 * The client of the one table. Every entity shares it and the name SST linked.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { provideSdk } from 'electrodb';
import { tableName } from '../runtime/resource.ts';

/** What entities may send; nothing here writes in transactions. Why it is given to them: pnpm-workspace.yaml. */
const commands = {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
};
provideSdk(commands, { unmarshall });

let shared: DynamoDBDocumentClient | undefined;

/** One client a process; `AWS_ENDPOINT_URL_DYNAMODB` points it elsewhere. */
export function documentClient(): DynamoDBDocumentClient {
  shared ??= DynamoDBDocumentClient.from(new DynamoDBClient({}), { marshallOptions: { removeUndefinedValues: true } });
  return shared;
}

/**
 * What every `go()` takes: `await entity.get(key).go(table())`. Entities are module constants, and which table they
 * speak to is known only at run time.
 */
export function table(): { client: DynamoDBDocumentClient; table: string } {
  return { client: documentClient(), table: tableName() };
}
