/**
 * Steps for personal data: `hash` makes pseudonyms, `mask` leaves at most the last characters.
 */
import * as z from 'zod';
import { hashOptions, maskOptions } from '../../change/index.ts';
import { onFirstUse } from '../../runtime/index.ts';

export const HashStep = onFirstUse(() => z.strictObject({ kind: z.literal('hash'), ...hashOptions }));
export const MaskStep = onFirstUse(() => z.strictObject({ kind: z.literal('mask'), ...maskOptions }));
