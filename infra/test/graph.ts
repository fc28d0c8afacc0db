/**
 * What evaluating sst.config.ts yields: every resource SST would register with Pulumi, and what the CLI would bundle.
 * Plain JSON, so that a test can change a copy.
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface Resource {
  readonly urn: string;
  /** Pulumi's token, as in `aws:sqs/queue:Queue`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  /** URN; absent at the top. */
  readonly parent?: string;
  /** What the program asked for. */
  readonly inputs: { [key: string]: Json };
  /** Inputs and what the provider would have added (ARNs, URLs). */
  readonly state: { [key: string]: Json };
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  /** Whether it was only looked up, not made. */
  readonly existing: boolean;
}

/** A function as handed to SST's bundler. */
export interface Build {
  /** Path and export, from the root. */
  readonly handler: string;
  readonly runtime: string;
  /** What `Resource` holds in the function. */
  links: { [name: string]: Json };
}

export interface Graph {
  readonly stage: string;
  readonly app: {
    readonly removal: string;
    readonly protect: boolean;
    /** What the AWS provider gives to every resource. */
    readonly tags: Readonly<Record<string, string>>;
  };
  /** What would have stopped the deployment. */
  readonly errors: string[];
  /** By the name of the sst.aws.Function. */
  readonly builds: { [functionName: string]: Build };
  readonly resources: Resource[];
}

/**
 * All resources of a Pulumi type, by its last part: `Queue` for `aws:sqs/queue:Queue`. SST's components come as `sst:`. What
 * version 6 of the AWS provider (in SST 3) calls BucketV2 is a Bucket in version 7 (in SST 4), and here too.
 */
export function ofType(graph: Graph, type: string): Resource[] {
  const provider = /^aws:.*:(\w+?)(?:V2)?$/;
  return graph.resources.filter((resource) => provider.exec(resource.type)?.[1] === type);
}

export function named(graph: Graph, type: string, name: string): Resource | undefined {
  return ofType(graph, type).find((resource) => resource.name === name);
}

/** The value at a path of keys and indexes, `undefined` where it leads nowhere. */
export function at(value: Json | undefined, ...keys: (string | number)[]): Json | undefined {
  let here = value;
  for (const key of keys) {
    if (here === null || typeof here !== 'object') return undefined;
    here = Array.isArray(here) ? here[Number(key)] : here[key];
  }
  return here;
}

/** The text at a path, empty where there is none. */
export function text(value: Json | undefined, ...keys: (string | number)[]): string {
  const found = at(value, ...keys);
  return typeof found === 'string' ? found : '';
}

/** The ARN of a resource, empty where the resource is missing. */
export function arnOf(resource: Resource | undefined): string {
  return text(resource?.state, 'arn');
}

/** JSON carried as text (policies, patterns); `null` where it is missing or broken. */
export function parsed(value: Json | undefined): Json {
  if (typeof value !== 'string') return value ?? null;
  try {
    return JSON.parse(value);
  } catch {
    return null;
  }
}
