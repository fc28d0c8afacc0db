/**
 * The web console: what goes on, read-only.
 */
export { ConsolePortInUse, type RunningConsole, serveConsole } from './loopback.ts';
export { createConsole } from './server.ts';
