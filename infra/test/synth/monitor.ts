/**
 * Pulumi's mock of its engine, made stricter where the real engine is, and writing down every resource registered.
 */
import path from 'node:path';
import type { Json, Resource } from '../graph.ts';
import type { Platform } from './platform-modules.ts';
import { ask, make } from './provider.ts';

interface Recording {
  readonly project: string;
  readonly stage: string;
  /** Files below it are written down by their path from it. */
  readonly work: string;
  /** Filled by URN. */
  readonly resources: Map<string, Resource>;
  readonly fail: (caught: unknown) => void;
}

/** Pulumi's protobuf message for a resource to make or to look up, as far as it is read. */
interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getObject?(): Struct;
  getProperties?(): Struct;
  getProtect?(): boolean;
  getRetainondelete?(): boolean;
}
interface Response {
  getUrn(): string;
  getObject?(): Struct;
  getProperties?(): Struct;
}
interface Struct {
  toJavaScript(): Json;
}
type Answer = (error: unknown, response?: Response) => void;

/** From here on the program's resources go to the mock. */
export async function installMonitor(platform: Platform, recording: Recording): Promise<void> {
  const { project, stage, fail } = recording;
  const mocks = {
    newResource: ({
      type,
      name,
      inputs,
      id,
    }: {
      type: string;
      name: string;
      inputs: Record<string, Json>;
      id?: string;
    }) => make(type, name, inputs, id),
    call({ token, inputs }: { token: string; inputs: Record<string, Json> }) {
      try {
        return ask(token, inputs);
      } catch (caught) {
        fail(caught); // Pulumi would blank the message
        throw caught;
      }
    },
  };
  await platform.pulumi.runtime.setMocks(mocks, project, stage, false, 'organization');
  const monitor = new platform.MockMonitor(mocks);
  Object.assign(monitor, {
    newUrn: (parent: string, type: string, name: string) => urnOf(recording, parent, type, name),
    registerResource: recorded(recording, monitor.registerResource.bind(monitor)),
    readResource: recorded(recording, monitor.readResource.bind(monitor)),
  });
  platform.settings.setMockOptions(monitor, project, stage, false, 'organization');
}

/** The real engine's rule; the mock's own differs, and SST reads a link's type out of the URN. */
function urnOf({ stage, project }: Recording, parent: string, type: string, name: string): string {
  const above = parent.split('::')[2] ?? 'pulumi:pulumi:Stack';
  const qualified = above === 'pulumi:pulumi:Stack' ? type : `${above}$${type}`;
  return [`urn:pulumi:${stage}`, project, qualified, name].join('::');
}

function recorded(recording: Recording, original: (request: Request, answer: Answer) => Promise<void>) {
  return (request: Request, answer: Answer) =>
    original(request, (error, response) => {
      if (!error && response !== undefined) record(recording, request, response);
      answer(error, response);
    });
}

function record({ resources, work, fail }: Recording, request: Request, response: Response): void {
  const urn = response.getUrn();
  // The real engine refuses a second resource of the same URN, the mock does not.
  if (resources.has(urn)) fail(new Error(`two resources have the URN ${urn}`));
  const parent = request.getParent();
  resources.set(urn, {
    urn,
    type: request.getType(),
    name: request.getName(),
    ...(parent === '' ? {} : { parent }),
    inputs: fields(request.getObject?.() ?? request.getProperties?.(), work),
    state: fields(response.getObject?.() ?? response.getProperties?.(), work),
    protect: request.getProtect?.() ?? false,
    retainOnDelete: request.getRetainondelete?.() ?? false,
    existing: request.getObject === undefined,
  });
}

function fields(struct: Struct | undefined, work: string): { [key: string]: Json } {
  const value = plain(struct?.toJavaScript() ?? {}, work);
  return value === null || typeof value !== 'object' || Array.isArray(value) ? {} : value;
}

/** Pulumi marks special values by a key with this name (sdk/nodejs/runtime/rpc.ts). */
const SIGNATURE = '4dabf18193072939515e22adb298388d';
const SECRET = '1b47061264138c4ac30d75fd1eb44270';

/** Pulumi's wire format as JSON: secrets stay marked, files become their path. */
function plain(value: Json, work: string): Json {
  if (Array.isArray(value)) return value.map((one) => plain(one, work));
  if (value === null || typeof value !== 'object') return value;
  if (value[SIGNATURE] === SECRET) return { secret: plain(value.value ?? null, work) };
  if (value[SIGNATURE] !== undefined) return { file: path.relative(work, String(value.path ?? '')) };
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one, work)]));
}
