/**
 * Two clients of five machines each, as in the prototype article: they warm up, run and stop (see story.ts). Each
 * machine reports its state when that changes and every half minute between.
 */
import { iso, SECOND } from '@millrace/core/runtime';
import type { Layout } from '@millrace/core/stream';
import { filesOf, type SampleFile, type SampleRecord } from './file.ts';
import { type Random, seededRandom } from './random.ts';
import { clock, machineStory } from './story.ts';

export const clients = ['client-01', 'client-02'] as const;
const HEARTBEAT = 30 * SECOND;
/** What a machine does at each of its times in the story. */
const STATES = ['warming', 'running', 'stopped', 'warming', 'running'] as const;
type State = (typeof STATES)[number];

/** °C a machine tends to in each state, and how much it moves there in half a minute. */
const TENDENCY: Record<State, { readonly to: number; readonly by: number }> = {
  warming: { to: 75, by: 0.25 },
  running: { to: 72, by: 0.4 },
  stopped: { to: 21, by: 0.12 },
};

/** What every machine of a client reports, in order of time. */
export function machineRecords(client: (typeof clients)[number]): SampleRecord[] {
  const random = seededRandom(client === 'client-01' ? 101 : 202);
  return machineStory[client]
    .flatMap((times, index) => machine(client, `machine-${String(index + 1).padStart(2, '0')}`, times, random))
    .toSorted((a, b) => a.time - b.time);
}

function machine(clientId: string, machineId: string, times: readonly string[], random: Random): SampleRecord[] {
  const changes = times.map(clock);
  const records: SampleRecord[] = [];
  let temperature = 19 + random.next() * 3;
  for (const [index, from] of changes.entries()) {
    const state = STATES[index] ?? 'running';
    for (let time = from; time < (changes[index + 1] ?? machineStory.open.end); time += HEARTBEAT) {
      const { to, by } = TENDENCY[state];
      temperature += (to - temperature) * by + random.next() - 0.5;
      const created = time + random.between(20, 900);
      const keen = { id: random.hex(24), created_at: iso(created), timestamp: iso(time) };
      const reading = Math.round(temperature * 10) / 10;
      records.push({
        time,
        value: { keen, eventType: 'machineStatusChange', state, clientId, machineId, temperature: reading },
      });
    }
  }
  return records;
}

export function machineFiles(layout: Layout): SampleFile[] {
  return clients.flatMap((project) => filesOf({ project, collection: 'machines' }, machineRecords(project), layout));
}
