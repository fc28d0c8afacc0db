/**
 * Lookups in Redis or Valkey. Apart from the rest, so that only functions that use one carry its client.
 */
export { type RedisLookup, redis } from './redis.ts';
