/**
 * Files that bear upon conversions of other files: what they say goes into the table, and the files of conversions it is
 * about are told.
 */
import type { EventOf, StreamFile, StreamFileReceived } from '../../event/index.ts';
import { concurrently, expiresAt, hash } from '../../runtime/index.ts';
import { markDone, readStreamFile } from '../../stream/index.ts';
import { keyPart } from '../../table/index.ts';
import type { Attribution } from '../definition/definition.ts';
import { type AttributionStreams, formOf } from '../definition/file-form.ts';
import { versionToken } from '../lookback/lookback.ts';
import { hourOf } from '../lookback/touch-index.ts';
import { toAliases } from '../record/alias.ts';
import { held } from '../record/held.ts';
import { type RefundRecord, toRefund } from '../record/refund-record.ts';
import type { AttributedFileKey } from '../run/attributed-file.ts';
import { WORKFLOW } from '../run/results.ts';
import { circleOf, earliestLinks, type Link, linkKeys, putLinks } from './alias-link.ts';
import { type Place, placesOf } from './conversion-place.ts';
import { indexFile } from './index-file.ts';
import { putRefunds, refundKeys } from './refund.ts';
import { makeSideCurrent, replaceVersion, type Said, SIDE_RETENTION, type SideVersion } from './side-version.ts';

/** Visitors with late touches who are looked for at once: a day of an app that was offline, in seconds and not minutes. */
const VISITORS = 16;

export type FileEvent = EventOf<typeof StreamFileReceived>;

/** Whom a file tells something, and the token of its version. */
export interface Told {
  readonly files: readonly AttributedFileKey[];
  readonly token: string;
  /** To be called once they are settled. */
  forget(): Promise<void>;
}

const scopeOf = ({ project, name }: Attribution) => ({ project: keyPart(project), attribution: keyPart(name) });

const streamOf = ({ project, conversions }: Attribution) => ({ project, collection: conversions.collection });

/** A version of a file, read as declared: read otherwise it is another. */
function versionOf(file: StreamFile, declared: unknown): SideVersion {
  const token = hash(versionToken(file), JSON.stringify(declared)).slice(0, 12);
  const { bucket, key, etag } = file;
  const receivedAt = Date.parse(file.receivedAt);
  return { bucket, key, etag, token, receivedAt, expiresAt: expiresAt(receivedAt + SIDE_RETENTION) };
}

/** Conversions of everybody whose touches a link brings together or takes apart. Memory: the links of the file. */
export async function readAliases(
  event: FileEvent,
  attribution: Attribution,
  streams: AttributionStreams,
): Promise<Told> {
  const { properties: file, metadata: cause } = event;
  const form = formOf(file, streams);
  const version = versionOf(file, attribution.aliases);
  const { token } = version;
  const found = held<Link>('aliases');
  const { all } = found;
  const counts = await readStreamFile(
    { file, workflow: WORKFLOW, cause },
    {
      record: (record, line) => {
        const place = { collection: file.collection, row: line };
        for (const alias of toAliases(record, place, attribution, form)) found.add({ ...alias, token });
      },
    },
  );
  const scope = scopeOf(attribution);
  const side = { ...scope, kind: 'aliases' } as const;
  const links = earliestLinks(all);
  const { said, forget } = await replaceVersion(side, version, {
    says: links.map(({ anonymous, user }): Said => [anonymous, user]),
    write: () => putLinks(scope, version, links),
    makeCurrent: () => makeSideCurrent(side, version),
    keysOf: (one, token) => linkKeys(scope, file.key, one, token),
  });
  const { names } = await circleOf(scope, [...said()].flat());
  const files = await placesOf(streamOf(attribution), 'visitor', names);
  await markDone(WORKFLOW, file, { counts: { ...counts, aliases: all.length }, outputs: [] });
  return { files: files.map(({ key }) => key), token, forget };
}

/** The conversions money went back of. Memory: the refunds of the file. */
export async function readRefunds(
  event: FileEvent,
  attribution: Attribution,
  streams: AttributionStreams,
): Promise<Told> {
  const { properties: file, metadata: cause } = event;
  const form = formOf(file, streams);
  const version = versionOf(file, attribution.refunds);
  const found = held<RefundRecord>('refunds');
  const refunds = found.all;
  const counts = await readStreamFile(
    { file, workflow: WORKFLOW, cause },
    {
      record: (record, line) => {
        const refund = toRefund(record, { key: file.key, line }, attribution, form);
        if (refund === undefined) return undefined;
        if ('reason' in refund) return refund;
        found.add(refund);
      },
    },
  );
  const scope = scopeOf(attribution);
  const side = { ...scope, kind: 'refunds' } as const;
  const { said, forget } = await replaceVersion(side, version, {
    says: refunds.map(({ conversion, id }): Said => [conversion, id]),
    write: () => putRefunds(scope, version, refunds),
    makeCurrent: () => makeSideCurrent(side, version),
    keysOf: (one, token) => refundKeys(scope, file.key, one, token),
  });
  const told = [...said()].map(([conversion]) => conversion);
  const files = await placesOf(streamOf(attribution), 'id', told);
  await markDone(WORKFLOW, file, { counts: { ...counts, refunds: refunds.length }, outputs: [] });
  return { files: files.map(({ key }) => key), token: version.token, forget };
}

/**
 * Conversions of earlier intervals that something in the file came before, or in an older version of it.
 * Memory: the touches of the file, folded.
 */
export async function readTouchesForIndex(
  event: FileEvent,
  attribution: Attribution,
  streams: AttributionStreams,
): Promise<Told> {
  const { properties: file, metadata: cause } = event;
  const { late, counts, forget } = await indexFile(file, cause, WORKFLOW, attribution, streams);
  const files = new Map<string, AttributedFileKey>();
  const interval = Date.parse(file.interval);
  await concurrently(late, VISITORS, async ([visitor, hours]) => {
    const names = attribution.aliases.length > 0 ? (await circleOf(scopeOf(attribution), [visitor])).names : [visitor];
    for (const place of await placesOf(streamOf(attribution), 'visitor', names)) {
      if (place.key.interval < interval && hours.some((hour) => isWithin(hour, place))) {
        files.set(`${place.key.interval} ${place.key.file}`, place.key);
      }
    }
  });
  await markDone(WORKFLOW, file, { counts, outputs: [] });
  return { files: [...files.values()], token: versionToken(file), forget };
}

/** As the lookback of the conversions reads whole hours. */
function isWithin(hour: number, { from, to }: Place): boolean {
  return hour >= hourOf(from) && hour <= hourOf(to);
}
