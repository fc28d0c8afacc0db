/**
 * The whole system with no AWS. See README.md for what is faked and where it differs from AWS.
 */
export { type EndpointPorts, type Endpoints, PortInUse, startEndpoints } from './endpoints/index.ts';
export { CONTROL_PORT, DEFAULT_PORTS, type Ports } from './ports.ts';
export type { Registry, Resources } from './provision/index.ts';
export { RunFailed } from './runner/index.ts';
export { type SlackAnswer, type SlackMessage, type SlackStandIn, startSlack } from './slack/index.ts';
export { FolderInUse, type Notification, type Stack, type StackOptions, StillBusy, startStack } from './stack/index.ts';
