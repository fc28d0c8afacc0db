/**
 * A look at one deployed resource: what the emulator holds of it, and what the stage asked for.
 */
import type { Json } from '../../test/graph.ts';
import { ACCOUNT, REGION } from '../../test/synth/provider.ts';

/** What was asked for, as the stage's state has it. */
export type Inputs = { readonly [property: string]: Json };

/** Each property by a name that a failure shows: as found, and as asked for. */
export type Findings = Readonly<Record<string, readonly [found: unknown, wanted: unknown]>>;

/** @param id physical. */
export type Look = (inputs: Inputs, id: string) => Promise<Findings>;

/** What every SDK client needs to ask the emulator. */
export function clientSettings(endpoint: string) {
  const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'none' };
  return { endpoint, region: REGION, credentials };
}
export type ClientSettings = ReturnType<typeof clientSettings>;

/** Policies and patterns, which travel as text. */
export const json = (value: unknown): unknown => (typeof value === 'string' ? JSON.parse(value) : value);
