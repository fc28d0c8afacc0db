/**
 * Databases that come with a package, or beside a deployed handler.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../runtime/index.ts';
import { flatPlaces, places } from '../test/places.ts';
import { runSteps, scope } from '../test/run-steps.ts';
import { packageDatabase, writeDatabase } from './index.ts';

const before = process.cwd();
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-databases-'));
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(before);
  delete process.env.LAMBDA_TASK_ROOT;
  rmSync(folder, { recursive: true, force: true });
});

function put(file: string, bytes: Buffer | string): void {
  mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
  writeFileSync(path.join(folder, file), bytes);
}

const NAME = '@places/city-mmdb/city.mmdb';
const install = (bytes: Buffer) => {
  put('node_modules/@places/city-mmdb/package.json', '{"name":"@places/city-mmdb","version":"1.0.0"}');
  put(`node_modules/${NAME}`, bytes);
};
const city = async (from = packageDatabase(NAME)) => {
  const { record } = await runSteps([{ kind: 'ip', at: 'ip', into: 'geo', places: from }], '{"ip":"81.2.69.160"}');
  return (record.geo as Record<string, unknown> | undefined)?.city;
};

describe('a database of a package', () => {
  it('is found as its package is', async () => {
    install(writeDatabase('city', flatPlaces));
    expect(await city()).toBe('London');
  });

  it('is found beside the handler first, where it is deployed', async () => {
    install(writeDatabase('city', {}));
    process.env.LAMBDA_TASK_ROOT = path.join(folder, 'task');
    put('task/databases/city.mmdb', writeDatabase('GeoLite2-City', places));
    expect(await city()).toBe('London');
  });

  it('is read once', async () => {
    install(writeDatabase('city', flatPlaces));
    const from = packageDatabase(NAME);
    const open = () => from.open(scope);
    const [one, other] = await Promise.all([open(), open()]);
    expect(other).toBe(one);
    install(writeDatabase('city', {}));
    expect(await open()).toBe(one);
  });

  it('that is missing or broken fails the file with what to do, and is looked for again', async () => {
    const from = packageDatabase(NAME);
    await expect(city(from)).rejects.toThrow(
      /no database @places\/city-mmdb\/city\.mmdb: add its package to package\.json/,
    );
    await expect(city(from)).rejects.toBeInstanceOf(ConfigurationError);
    install(Buffer.from('<html>'));
    await expect(city(from)).rejects.toThrow(/city\.mmdb is no MaxMind database/);
    install(writeDatabase('city', flatPlaces));
    expect(await city(from)).toBe('London');
  });
});
