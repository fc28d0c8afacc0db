/**
 * Attribution models: what each touch on the way to a conversion weighs.
 */
import * as z from 'zod';
import { milliseconds } from '../../runtime/index.ts';
import type { Channel } from '../record/channel.ts';

/** Small enough that a product of two of them and the number of touches is exact. */
const weight = z.number().int().min(0).max(10_000);
const name = z.string().min(1).max(64).optional();

const duration = z.string().transform((text, context) => {
  try {
    const time = milliseconds(text);
    if (time > 0) return time;
    context.addIssue({ code: 'custom', message: `"${text}" is no time at all` });
  } catch (caught) {
    context.addIssue({ code: 'custom', message: caught instanceof RangeError ? caught.message : 'not a duration' });
  }
  return z.NEVER;
});

const plain = <const K extends string>(kind: K) => z.strictObject({ kind: z.literal(kind), name });

/** `name` tells two of one kind apart in the rows; else it is the kind's. */
const Kind = z.discriminatedUnion('kind', [
  plain('first'),
  plain('last'),
  plain('last_non_direct'),
  plain('linear'),
  z
    .strictObject({
      kind: z.literal('position'),
      name,
      /** Shares of the first touch, of all between, and of the last. */
      first: weight.default(40),
      middle: weight.default(20),
      last: weight.default(40),
    })
    .refine(({ first, last }) => first + last > 0, 'gives nothing to either end; use linear'),
  z.strictObject({ kind: z.literal('time_decay'), name, halfLife: duration.prefault('7d') }),
  z.strictObject({
    kind: z.literal('custom'),
    name,
    /** Weight of the first touch, of each between, and of the last; a single touch weighs 1. */
    first: weight.default(1),
    middle: weight.default(1),
    last: weight.default(1),
    /** What a touch's weight is multiplied by, by channel; 1 for those not named. */
    channels: z.record(z.string(), weight).default({}),
  }),
]);

/** A name, or a kind with its parameters. */
export const Model = z
  .preprocess((given) => (typeof given === 'string' ? { kind: given } : given), Kind)
  .transform((model) => ({ ...model, name: model.name ?? model.kind }));

/** A model with all its parameters; durations in ms. */
export type Model = Readonly<z.output<typeof Model>>;
/** As declared. */
export type ModelInput = Exclude<z.input<typeof Kind>['kind'], 'custom'> | Readonly<z.input<typeof Kind>>;

/** Models as declared, with their defaults. @throws ZodError naming the mistake. */
export function parseModels(models: readonly ModelInput[]): Model[] {
  return z.array(Model).parse(models);
}

/** What a touch of now weighs under time decay: so many steps can weights differ by, and the oldest still weighs one. */
const DECAY_UNIT = 2 ** 40;

/**
 * Weights for touches in order of time, at least one of them: non-negative integers as `apportion` takes them. All 0
 * where a custom model gives none of them any.
 *
 * Time decay is 2^(-Δt / halfLife), Δt from touch to conversion (Google Analytics' model of that name, half-life 7 days);
 * position is Google Analytics' "position based" and Adobe's "U-shaped" model, 40/20/40: all to one touch, half to each
 * of two. Last non-direct falls back to the last where all are direct, as Google Analytics' does.
 */
export function weigh(model: Model, touches: readonly Weighed[]): number[] {
  const last = touches.length - 1;
  switch (model.kind) {
    case 'first':
      return only(touches, 0);
    case 'last':
      return only(touches, last);
    case 'last_non_direct': {
      const found = touches.findLastIndex(({ channel }) => channel !== 'direct');
      return only(touches, found === -1 ? last : found);
    }
    case 'linear':
      return touches.map(() => 1);
    case 'position':
      return byPosition(touches, model);
    case 'time_decay': {
      const newest = touches[last]?.time ?? 0;
      return touches.map(({ time }) => Math.max(1, Math.round(DECAY_UNIT * 2 ** ((time - newest) / model.halfLife))));
    }
    case 'custom':
      return touches.map(({ channel }, position) => {
        const factor = Object.hasOwn(model.channels, channel) ? (model.channels[channel] ?? 1) : 1;
        return factor * (last === 0 ? 1 : at(position, last, model));
      });
  }
}

/** What of a touch its weight depends on, beside its position. */
interface Weighed {
  readonly time: number;
  readonly channel: Channel;
}

interface Ends {
  readonly first: number;
  readonly middle: number;
  readonly last: number;
}

function only(touches: readonly unknown[], position: number): number[] {
  return touches.map((_, index) => (index === position ? 1 : 0));
}

function at(position: number, last: number, ends: Ends): number {
  if (position === 0) return ends.first;
  return position === last ? ends.last : ends.middle;
}

/** The share of the middle is divided among the touches there; the ends are multiplied instead, so that all are integers. */
function byPosition(touches: readonly unknown[], ends: Ends): number[] {
  const last = touches.length - 1;
  if (last === 0) return [1];
  const between = Math.max(1, last - 1);
  const scaled = { first: ends.first * between, middle: ends.middle, last: ends.last * between };
  return touches.map((_, position) => at(position, last, scaled));
}
