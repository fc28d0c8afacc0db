/**
 * What the deployed functions logged: nothing of a record, and in every line that is about a file, an alert or a delivery
 * the trace of the bus.
 */
import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { streams } from '@millrace/pipeline/streams';
import { type SampleFile, sampleFiles } from '../../packages/cli/src/sample/index.ts';
import type { Json } from '../test/graph.ts';

/** Characters of the shortest text that would tell something of a record. */
const TELLING = 6;

/** @param log of the emulator, which has theirs. @returns how many lines they logged. @throws AssertionError */
export function expectLogs(log: string): number {
  const lines = log.split('\n').filter((line) => line.startsWith('{'));
  const traceless = lines.map((line) => JSON.parse(line)).filter(({ traceId }) => traceId === undefined);
  const others = traceless.filter(({ function: name }) => !/-(Ticker|Finisher)Function-/.test(name ?? ''));
  assert.deepEqual(others, [], 'every line says which trace it is of, but those of what the clock wakes');
  const said = lines.join('\n');
  const told = [...secretsOf(sampleFiles(streams.layout))].filter((text) => said.includes(text));
  assert.deepEqual(told, [], 'nothing of a record is in a log');
  return lines.length;
}

/** Texts in records, but those that the keys of files say. */
function secretsOf(files: readonly SampleFile[]): Set<string> {
  const keys = files.map(({ key }) => key).join('\n');
  const texts = files.flatMap(({ body }) => gunzipSync(body).toString('utf8').split('\n').flatMap(textsOf));
  return new Set(texts.filter((text) => text.length >= TELLING && !keys.includes(text)));
}

/** Of a line; none of a broken one. */
function textsOf(line: string): string[] {
  try {
    return leavesOf(JSON.parse(line));
  } catch {
    return [];
  }
}

function leavesOf(value: Json): string[] {
  if (typeof value === 'string') return [JSON.stringify(value).slice(1, -1)]; // as a log line would have it
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [];
}
