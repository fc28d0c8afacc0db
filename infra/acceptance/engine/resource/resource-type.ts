/**
 * A resource type: the properties the stand-in knows, and how it makes one. Anything else is refused by name, because a
 * property that is dropped is a deployment that proves less than it says.
 */
import { z } from 'zod';
import type { JsonObject } from '../wire.ts';

export interface Made {
  /** Physical id. */
  readonly id: string;
  /** What the provider knows beyond the inputs: ARNs, URLs. */
  readonly outputs: JsonObject;
}

/** @throws Error naming the property that is not known, or what AWS said. */
export type ResourceType = (inputs: JsonObject, logicalName: string) => Promise<Made>;

/**
 * @param shape every property, as the AWS provider calls it. What has only one supported value is a literal.
 */
export function resourceType<Shape extends z.ZodRawShape>(
  shape: Shape,
  create: (inputs: z.output<z.ZodObject<Shape, z.core.$strict>>, logicalName: string) => Promise<Made>,
): ResourceType {
  const schema = z.strictObject(shape);
  return async (inputs, logicalName) => {
    const parsed = schema.safeParse(inputs);
    if (!parsed.success) throw new Error(`not known to the stand-in:\n${z.prettifyError(parsed.error)}`);
    return await create(parsed.data, logicalName);
  };
}

/** What AWS must have answered for the resource to be there. */
export function answered<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the emulator's answer has no ${what}`);
  return value;
}
