/**
 * Conventions every entity keeps (tested over all of them): service `millrace`, casing "none" on every index, key
 * components of type `KeyPart` or padded numbers, and `expiresAt` on everything that is state.
 *
 * The table: `pk`, `sk`; one index `gsi1` with `gsi1pk`, `gsi1sk`; TTL attribute `expiresAt`.
 */
import { Entity } from 'electrodb';

export const SERVICE = 'millrace';

/**
 * ElectroDB holds each model against a JSON schema when it is made, which is a quarter of a cold start. The models are
 * constants and every test makes them, so in Lambda they are taken as they are.
 */
if (process.env.AWS_LAMBDA_FUNCTION_NAME) Reflect.set(Entity.prototype, '_validateModel', () => undefined);

/** The name of the table's index, in the table's schema and in entities. */
export const GSI1 = 'gsi1';

/** For entities: `index.primary('project', …)` would hide the literal types ElectroDB infers from, so spell indexes out. */
export const primary = {
  pk: { field: 'pk', casing: 'none' },
  sk: { field: 'sk', casing: 'none' },
} as const;
export const secondary = {
  pk: { field: 'gsi1pk', casing: 'none' },
  sk: { field: 'gsi1sk', casing: 'none' },
} as const;

/** Seconds since 1970 after which DynamoDB may delete the item. Deletion is late: readers filter on it too. */
export const expiry = { type: 'number', required: true } as const;

/** A time in milliseconds as a key component: padded, so that it sorts. */
export const timeKey = { type: 'number', required: true, padding: { length: 15, char: '0' } } as const;

/** The last time a key can tell, ms. A query from some time on ends here: without an end, ElectroDB reads the entities behind, too. */
export const LAST_TIME = 10 ** 15 - 1;
