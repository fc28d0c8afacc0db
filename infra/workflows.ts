/**
 * The workflows of the registry, each made the same way.
 */
/// <reference path="../.sst/platform/config.d.ts" />
import { workflows } from '../packages/functions/src/workflows.ts';
import { workflow } from './workflow.ts';

export const workflowLoops = workflows.map(workflow);
