export { LOCAL_STAGE, linkEnvironment } from './link.ts';
export type { Queue, QueueSettings } from './queue.ts';
export { createResources, type Resources } from './resources.ts';
