export { type Clients, createClients } from './clients.ts';
export { LOCAL_STAGE, linkEnvironment } from './link.ts';
export { ensureQueue, type Queue, type QueueSettings } from './queue.ts';
export {
  type Consumption,
  type Provisioned,
  type ProvisionedFunction,
  provision,
  type Registry,
} from './registry.ts';
export { createResources, type Resources } from './resources.ts';
export { localSecrets } from './secrets.ts';
