/**
 * How far a replay got, so that one that was ended goes on where it was.
 */
import { Entity } from 'electrodb';
import * as z from 'zod';
import { DAY, expiresAt } from '../../runtime/index.ts';
import { expiry, type keyPart, keyPartType, primary, SERVICE, table } from '../../table/index.ts';
import type { Cursor } from './list.ts';

/** Who comes back to a replay later than this begins anew. */
const RETENTION = 7 * DAY;

const Place = z.object({ bucket: z.string(), prefix: z.string(), key: z.string() });

/** A replay that has begun and is not through. */
export const Replay = new Entity({
  model: { entity: 'replay', version: '1', service: SERVICE },
  attributes: {
    /** Hash of what is replayed to whom. */
    scope: { type: keyPartType, required: true },
    replay: { type: 'string', required: true },
    cursor: { type: 'any', required: true },
    /** Files worked through so far. */
    files: { type: 'number', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byScope: {
      pk: { ...primary.pk, composite: ['scope'] },
      sk: { ...primary.sk, composite: [] },
    },
  },
});

export interface ReplayState {
  readonly replay: string;
  readonly cursor: Cursor;
  readonly files: number;
}

type Scope = ReturnType<typeof keyPart>;

export async function loadReplay(scope: Scope, now: number): Promise<ReplayState | undefined> {
  const { data } = await Replay.get({ scope }).go({ ...table(), consistent: true });
  if (data === null || data.expiresAt < expiresAt(now)) return undefined;
  return { replay: data.replay, cursor: Place.parse(data.cursor), files: data.files };
}

export async function saveReplay(scope: Scope, { replay, cursor, files }: ReplayState, now: number): Promise<void> {
  await Replay.put({ scope, replay, cursor: { ...cursor }, files, expiresAt: expiresAt(now + RETENTION) }).go(table());
}

export async function forgetReplay(scope: Scope): Promise<void> {
  await Replay.delete({ scope }).go(table());
}
