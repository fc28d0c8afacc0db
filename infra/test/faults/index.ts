import type { Fault } from './fault.ts';
import { policyFaults } from './policy.ts';
import { storageFaults } from './storage.ts';
import { watchingFaults } from './watching.ts';
import { wiringFaults } from './wiring.ts';

export const faults: readonly Fault[] = [...wiringFaults, ...policyFaults, ...storageFaults, ...watchingFaults];
