/**
 * The typed bus: every event in packages/core/src/event/catalogue.ts travels on it, and nothing else does.
 */
/// <reference path="../.sst/platform/config.d.ts" />

export const bus = new sst.aws.Bus('Events');
