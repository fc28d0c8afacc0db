import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { resourceType } from './resource-type.ts';

export const randomTypes = {
  'random:index/randomBytes:RandomBytes': resourceType({ length: z.number() }, async ({ length }) => {
    const bytes = randomBytes(length);
    const base64 = bytes.toString('base64');
    return { id: base64, outputs: { base64, hex: bytes.toString('hex') } };
  }),
};
