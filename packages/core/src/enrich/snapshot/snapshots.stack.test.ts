/**
 * A file is enriched from one version of what its steps look up, however often that is replaced between its runs, wherever
 * they are cut off, and in whichever process they run.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DeleteObjectsCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { streamsBucket } from '../../runtime/resource.ts';
import { s3 } from '../../stream/object.ts';
import type { EnrichmentDeclaration } from '../declaration.ts';
import { s3File } from '../file/index.ts';
import { packageDatabase, s3Database, writeDatabase } from '../geo/index.ts';
import { forget, leftBy, line, progressOf, putLines, workOff } from '../test/runs.ts';

const packages = mkdtempSync(path.join(tmpdir(), 'millrace-snapshots-'));
process.env.LAMBDA_TASK_ROOT = packages;
mkdirSync(path.join(packages, 'databases'));
afterAll(() => {
  rmSync(packages, { recursive: true });
  return line.close();
});
beforeEach(() => line.mend());

const key = (name: string) => `_millrace/reference/${name}`;
const put = (name: string, Body: string | Buffer) =>
  s3().send(new PutObjectCommand({ Bucket: streamsBucket(), Key: key(name), Body }));

let version = 0;
/** Replaces all that the enrichments look up. */
async function replace(): Promise<void> {
  version += 1;
  const name = `London ${version}${'.'.repeat(version)}`; // one built in the same second differs by its size
  const city = writeDatabase('GeoLite2-City', { '81.2.69.160/27': { city: { names: { en: name } } } });
  await put('people.csv', `id,name\nada,Ada ${version}\n__proto__,"Prototype\n""${version}"""\n`);
  await put('city.mmdb', city);
  writeFileSync(path.join(packages, 'databases', 'city.mmdb'), city);
}

/** As a process that has just begun declares them: it holds nothing yet. */
function declared(): EnrichmentDeclaration[] {
  const from = { project: 'shop', collections: ['pageviews'] };
  const people = () => s3File({ key: key('people.csv') });
  return [
    {
      name: 'first',
      from,
      into: { collection: 'first' },
      steps: [
        { kind: 'lookup', from: people(), at: 'who', into: 'name' },
        { kind: 'ip', at: 'ip', into: 'geo', places: s3Database({ key: key('city.mmdb') }) },
      ],
    },
    {
      name: 'second',
      from,
      into: { collection: 'second' },
      steps: [
        { kind: 'ip', at: 'ip', into: 'geo', places: packageDatabase('city.mmdb') },
        { kind: 'lookup', from: people(), at: 'who', into: 'name' },
      ],
    },
  ];
}

/** A new process, after everything was replaced once more. */
const replaced = async () => {
  await replace();
  return declared();
};

const lines = Array.from({ length: 1500 }, (_, n) =>
  JSON.stringify({ n, who: ['ada', '__proto__'][n % 2], ip: '81.2.69.160', pad: 'x'.repeat(300) }),
);

/** Which versions the outputs were made of. */
function versionsIn({ objects }: Awaited<ReturnType<typeof leftBy>>): string[] {
  const texts = objects
    .filter(([, bytes]) => bytes !== '')
    .map(([, bytes]) => gunzipSync(Buffer.from(bytes, 'base64')));
  const found = texts.flatMap((text) => text.toString().match(/(?:Ada |Prototype\\n\\"|London )\d+/g) ?? []);
  expect(found).toHaveLength(4 * lines.length);
  return [...new Set(found.map((one) => one.slice(one.lastIndexOf(one.includes('"') ? '"' : ' ') + 1)))];
}

describe('what is replaced between the runs of a file', () => {
  it('is taken as it was when the file was begun', async () => {
    const file = await putLines(lines);
    await workOff(file, replaced);
    expect(versionsIn(await leftBy(file))).toEqual([String(version)]);
    for (const every of [1, 2, 3]) {
      await forget(file);
      const begun = version + 1;
      expect(await workOff(file, replaced, every)).toBeGreaterThan(2);
      expect(version).toBeGreaterThan(begun);
      expect(versionsIn(await leftBy(file))).toEqual([String(begun)]);
    }
  });

  it('is taken so in a process that stays, too', async () => {
    const file = await putLines(lines);
    await replace();
    const begun = version;
    const warm = declared();
    const next = async () => {
      await replace();
      return warm;
    };
    expect(await workOff(file, next, 2)).toBeGreaterThan(2);
    expect(versionsIn(await leftBy(file))).toEqual([String(begun + 1)]);
  });

  it('is what one run leaves, byte for byte', async () => {
    const file = await putLines(lines);
    await replace();
    await workOff(file, declared);
    const once = await leftBy(file);
    await forget(file);
    let runs = 0;
    const next = async () => {
      if (runs++ > 0) await replace();
      return declared();
    };
    expect(await workOff(file, next, 2)).toBeGreaterThan(2);
    expect(await leftBy(file)).toEqual(once);
  });

  it('is of one version where the file is delivered five times at once', async () => {
    const file = await putLines(lines);
    const deliveries = Array.from({ length: 5 }, (_, n) => workOff(file, replaced, 2 + n));
    const runs = await Promise.allSettled(deliveries);
    expect(runs.some(({ status }) => status === 'fulfilled')).toBe(true);
    if (runs.some(({ status }) => status === 'rejected')) await workOff(file, replaced, 2); // as the queue does
    expect(versionsIn(await leftBy(file))).toHaveLength(1);
  });

  it('is begun anew from the newest where what it was begun with is gone', async () => {
    const file = await putLines(lines);
    let left = 3;
    const losing = async () => {
      if (left-- === 0) await loseSnapshots((await progressOf(file))?.checkpoint ?? '');
      return await replaced();
    };
    const begun = version + 1;
    expect(await workOff(file, losing, 2)).toBeGreaterThan(5);
    expect(versionsIn(await leftBy(file))).toEqual([String(begun + 3)]);
  });

  it.each([
    ['before it arrives', false],
    ['before its answer', true],
  ])('is of one version where runs are cut off at any write, %s', async (_, lastArrives) => {
    const file = await putLines(lines);
    let runs: number | undefined;
    for (let cut = 0; runs === undefined; cut++) {
      await forget(file);
      line.cutAfter(cut, lastArrives);
      runs = await workOff(file, replaced, 4).catch(() => undefined);
      line.mend();
      const again = () => workOff(file, replaced, 4);
      if (runs === undefined) await again().catch(again); // the first may meet a connection that the cut left dying
      expect(versionsIn(await leftBy(file))).toHaveLength(1);
    }
    expect(runs).toBeGreaterThan(1);
  });
});

/** Deletes what runs left but for one checkpoint. */
async function loseSnapshots(checkpoint: string): Promise<void> {
  const Bucket = streamsBucket();
  const Prefix = '_millrace/checkpoint/enricher/';
  const { Contents = [] } = await s3().send(new ListObjectsV2Command({ Bucket, Prefix }));
  const lost = Contents.filter((one) => one.Key !== Prefix + checkpoint);
  await s3().send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: lost.map((one) => ({ Key: one.Key })) } }));
}
