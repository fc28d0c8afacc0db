/**
 * The deployed ticker, run as if it were later: a stream counts as complete when nothing has come for ten minutes, and
 * nobody waits for that here.
 */
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';

const lambda = new LambdaClient({});

/** @param at milliseconds since 1970. @throws Error with what the function said, where it failed. */
export async function tickAt(at: number): Promise<void> {
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  const ticker = Functions.find(({ FunctionName }) => FunctionName?.includes('-Ticker'));
  if (ticker?.FunctionName === undefined) throw new Error('no function of the stage is the ticker');
  const event = {
    source: 'aws.events',
    'detail-type': 'Scheduled Event',
    time: new Date(at).toISOString(),
    detail: {},
  };
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: ticker.FunctionName, Payload: JSON.stringify(event) }),
  );
  if (FunctionError !== undefined) throw new Error(`the ticker failed: ${Buffer.from(Payload ?? []).toString()}`);
}
