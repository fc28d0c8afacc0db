/**
 * The most memory a process has held. Not `maxRSS` where it can be helped: a child's begins with what its parent held.
 */
import { readFileSync } from 'node:fs';

/** Resident, of this process, bytes. From /proc where the system has it. */
export function peakRss(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}
