/**
 * Personal data: `hash` makes pseudonyms, `mask` leaves at most the last characters, `truncate-ip` leaves the network of an
 * address.
 */
import * as z from 'zod';
import { conceal, Globs, hashOptions, maskOptions } from '../../change/index.ts';
import { onFirstUse } from '../../runtime/index.ts';
import { truncatedIp } from './ip-address.ts';
import { type Change, common } from './step.ts';

export const HashStep = onFirstUse(() => z.strictObject({ kind: z.literal('hash'), ...hashOptions, ...common }));
export const MaskStep = onFirstUse(() => z.strictObject({ kind: z.literal('mask'), ...maskOptions, ...common }));
export const TruncateIpStep = onFirstUse(() =>
  z.strictObject({
    kind: z.literal('truncate-ip'),
    at: Globs,
    /** Bits left of an address; the rest become 0. */
    ipv4Bits: z.number().int().min(0).max(32).default(24),
    ipv6Bits: z.number().int().min(0).max(128).default(48),
    ...common,
  }),
);

/** What is no address is masked whole and noted: it may be personal all the same. */
export function compileTruncateIp({ at, ipv4Bits, ipv6Bits }: z.output<ReturnType<typeof TruncateIpStep>>): Change {
  const truncate = conceal(at, (text) => truncatedIp(text, { ipv4Bits, ipv6Bits }));
  return (record, note) => truncate(record, (path) => note(path.join('.'), 'not_an_ip'));
}
