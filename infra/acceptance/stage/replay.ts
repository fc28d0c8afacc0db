/**
 * The archive of the typed bus, played back onto it: every workflow gets every event of the samples once more.
 */
import { setTimeout as wait } from 'node:timers/promises';
import {
  DescribeArchiveCommand,
  DescribeReplayCommand,
  EventBridgeClient,
  ListArchivesCommand,
  StartReplayCommand,
} from '@aws-sdk/client-eventbridge';

const eventbridge = new EventBridgeClient({});

const NAME = 'acceptance';
/** Seconds; it takes one. */
const LIMIT = 60;

/** @returns how many events the archive held. @throws Error where it does not come to an end. */
export async function replayArchive(): Promise<number> {
  const { Archives: [archive] = [] } = await eventbridge.send(new ListArchivesCommand({}));
  const {
    ArchiveArn,
    EventSourceArn,
    EventCount = 0,
  } = await eventbridge.send(new DescribeArchiveCommand({ ArchiveName: archive?.ArchiveName }));
  await eventbridge.send(
    new StartReplayCommand({
      ReplayName: NAME,
      EventSourceArn: ArchiveArn,
      EventStartTime: new Date(0),
      EventEndTime: new Date(),
      Destination: { Arn: EventSourceArn },
    }),
  );
  for (const end = Date.now() + LIMIT * 1000; Date.now() < end; await wait(500)) {
    const { State } = await eventbridge.send(new DescribeReplayCommand({ ReplayName: NAME }));
    if (State === 'COMPLETED') return EventCount;
  }
  throw new Error(`the replay of ${EventCount} events did not end within ${LIMIT} s`);
}
