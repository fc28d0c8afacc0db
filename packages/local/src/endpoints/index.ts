export { isPortInUse, LOOPBACK, PortInUse } from './listen.ts';
export { type EndpointPorts, type Endpoints, type InvokeFunction, startEndpoints } from './start.ts';
