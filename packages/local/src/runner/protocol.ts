/**
 * What an instance and its thread say to each other.
 */

export interface InstanceData {
  /** URL of the module. */
  readonly module: string;
  /** Name of the handler in it. */
  readonly exported: string;
  /** What of Lambda's context is the same for every run. */
  readonly context: Readonly<Record<string, string | boolean>>;
}

export interface ToInstance {
  readonly requestId: string;
  /** JSON. */
  readonly event: string;
  /** Milliseconds since 1970, when the run is ended. */
  readonly deadline: number;
}

export type FromInstance =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly requestId: string; readonly result: string }
  | { readonly kind: 'error'; readonly requestId: string; readonly name: string; readonly message: string };
