/**
 * What a user agent tells: `{"browser":{"name":"Chrome","version":"144.0.0.0","major":144},"os":{…},"device":{…},"bot":false}`.
 * Parsed by ua-parser-js 1 (MIT), bots known by isbot.
 */
import { isbot } from 'isbot';
import { UAParser } from 'ua-parser-js';
import * as z from 'zod';
import { onFirstUse } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { derivation, derive, remembered, type Sharing, samePlaces } from './derive.ts';
import { type Change, common } from './step.ts';

export const UserAgentStep = onFirstUse(() =>
  z.strictObject({ kind: z.literal('user-agent'), ...derivation, ...common }).refine(...samePlaces),
);

/** Characters that are looked at: what programs say of themselves stands at the front, and padding costs time. */
const LONGEST = 500;

export interface Agent {
  readonly browser: Program;
  readonly os: Program;
  readonly device: { readonly type: string; readonly vendor?: string; readonly model?: string };
  readonly bot: boolean;
}

interface Program {
  readonly name?: string;
  readonly version?: string;
}

/** Reads a user agent; what it does not tell is left out. A device without a type is a `desktop` where its system is one. */
export function agentOf(text: string): Agent {
  const told = text.slice(0, LONGEST);
  const { browser, os, device } = new UAParser(told).getResult();
  const bot = isbot(told);
  return {
    browser: program(browser.name, browser.version),
    os: program(os.name, os.version),
    device: {
      type: device.type ?? (bot || os.name === undefined ? 'unknown' : 'desktop'),
      ...(device.vendor === undefined ? {} : { vendor: device.vendor }),
      ...(device.model === undefined ? {} : { model: device.model }),
    },
    bot,
  };
}

function program(name: string | undefined, version: string | undefined): Program {
  return { ...(name === undefined ? {} : { name }), ...(version === undefined ? {} : { version }) };
}

/** `browser` and `os` with `name`, `version` and `major`, `device` with `type`, `vendor` and `model`, `bot`. */
export function compileUserAgent(step: z.output<ReturnType<typeof UserAgentStep>>, sharing: Sharing): Change {
  return derive(
    step,
    remembered((text) => {
      const { browser, os, device, bot } = agentOf(text);
      return { browser: withMajor(browser), os: withMajor(os), device: { ...device }, bot };
    }, sharing),
  );
}

function withMajor({ name, version }: Program): JsonObject {
  const major = Number.parseInt(version ?? '', 10);
  return {
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version }),
    ...(Number.isNaN(major) ? {} : { major }),
  };
}
