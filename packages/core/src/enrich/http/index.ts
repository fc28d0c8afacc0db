/**
 * Lookups that ask an HTTP API: ids in batches, answers remembered, and nobody asked while the API is down. Apart from the
 * rest, so that only functions that use one carry it.
 */
export { type HttpLookup, http } from './http.ts';
