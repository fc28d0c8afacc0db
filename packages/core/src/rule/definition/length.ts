/**
 * Lengths of time as rules write them.
 */
import * as z from 'zod';
import { DAY, type Duration, milliseconds } from '../../runtime/index.ts';

/** Longest window, and longest age at which a latest value still counts. */
const MAX_LENGTH = 7 * DAY;
const written = /^[1-9]\d{0,8}[smhd]$/;

const checked = z
  .string()
  .regex(written, 'write a whole number and s, m, h or d, as in 5m')
  .refine((text) => !written.test(text) || milliseconds(text) <= MAX_LENGTH, 'at most 7d');

/** `30s`, `5m`, `1h`, `7d`. Typed as what the pattern lets pass, so that the compiler finds `5 minutes` in a rule in TypeScript. */
export const Length = checked as unknown as z.ZodType<Duration, Duration>; // zod types a pattern as any text
