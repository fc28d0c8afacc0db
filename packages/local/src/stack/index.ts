export type { Notification } from './inbox.ts';
export { FolderInUse } from './lock.ts';
export { type Stack, type StackOptions, StillBusy, Stopped, startStack } from './start.ts';
