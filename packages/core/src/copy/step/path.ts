/**
 * Paths of properties as declarations write them.
 */
import * as z from 'zod';

export const PropertyPath = z.string().refine((text) => text.split('.').every((step) => step !== ''), {
  message: 'write property names joined by dots, as in keen.id',
});
