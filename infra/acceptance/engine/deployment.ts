/**
 * One deployment as it goes: what has been registered, what was made of it, and what went wrong.
 */
import { type ResourceState, requireEmptyStack, writeCheckpoint } from './checkpoint.ts';
import type { UpCommand } from './command.ts';
import { EventLog } from './event-log.ts';
import { make } from './resource/index.ts';
import { rootOf, urnOf } from './urn.ts';
import { type JsonObject, revealedFields } from './wire.ts';

/** A resource as a program registers it. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  /** URN; empty at the top. */
  readonly parent: string;
  /** Made by a provider; the others are components that hold resources together. */
  readonly custom: boolean;
  readonly dependencies: readonly string[];
  /** As on the wire: secrets are marked. */
  readonly inputs: JsonObject;
}

export interface Registered {
  readonly urn: string;
  readonly id: string;
  readonly outputs: JsonObject;
}

interface Home {
  /** Where Pulumi keeps its checkpoints. */
  readonly folder: string;
  readonly version: string;
}

export class Deployment {
  readonly #command: UpCommand;
  readonly #home: Home;
  readonly #events: EventLog;
  readonly #started = performance.now();
  /** In order of registration, so that parents come before children. */
  readonly #resources = new Map<string, ResourceState>();
  readonly #made = new Set<ResourceState>();
  #failures = 0;
  /** Called at each failure: the program is to end then, or sst waits five minutes for it. */
  onFailure: () => void = () => undefined;

  constructor(command: UpCommand, home: Home) {
    requireEmptyStack(home.folder, command.stack);
    this.#command = command;
    this.#home = home;
    this.#events = new EventLog(command.eventLog);
    this.#events.started(command.config);
  }

  get failed(): boolean {
    return this.#failures > 0;
  }

  /** @throws Error for what cannot be made; the deployment has failed then. */
  async register(registration: Registration): Promise<Registered> {
    const { type, name } = registration;
    const urn = urnOf(this.#command.stack, registration);
    try {
      if (this.#resources.has(urn)) throw new Error('its name is taken by another one');
      return await this.#make(urn, registration);
    } catch (caught) {
      throw this.fail(`${type} "${name}": ${caught instanceof Error ? caught.message : String(caught)}`, urn);
    }
  }

  async #make(urn: string, registration: Registration): Promise<Registered> {
    const { type, name, parent, custom, dependencies } = registration;
    const inputs = revealedFields(registration.inputs);
    const above = parent === '' ? {} : { parent };
    const state: ResourceState = { urn, custom, type, ...above, dependencies, inputs, outputs: inputs };
    this.#resources.set(urn, state);
    this.#events.making(state);
    let computed: JsonObject = {};
    if (custom) {
      const made = await make(type, name, inputs);
      computed = made.outputs;
      state.id = made.id;
      state.outputs = { ...inputs, ...computed };
    }
    this.#made.add(state);
    this.#events.made(state);
    return { urn, id: state.id ?? '', outputs: { ...registration.inputs, ...computed } };
  }

  /** Outputs of a component, or of the stack: what sst.config.ts returns, and the links. */
  addOutputs(urn: string, outputs: JsonObject): void {
    const state = this.#resources.get(urn);
    if (state === undefined) throw this.fail(`outputs for ${urn}, which nobody registered`);
    state.outputs = { ...state.outputs, ...revealedFields(outputs) };
  }

  /** Notes an error, of the whole stack where no resource is named, and ends the program. @returns it, to be thrown. */
  fail(message: string, urn = rootOf(this.#command.stack)): Error {
    this.#failures += 1;
    this.#events.failed(message, urn);
    this.onFailure();
    return new Error(message);
  }

  end(): void {
    const made = [...this.#resources.values()].filter((state) => this.#made.has(state));
    writeCheckpoint(this.#home.folder, this.#command.stack, this.#home.version, made);
    this.#events.ended((performance.now() - this.#started) / 1000, made.length);
  }
}
