/**
 * A mistake to put into an evaluated graph, and the check that must see it.
 */
import type { Graph } from '../graph.ts';

export interface Fault {
  readonly fault: string;
  /** Of which stage's graph; default: the personal one's. */
  readonly stage?: 'permanent';
  readonly seed: (graph: Graph) => void;
  readonly check: string;
  readonly says: RegExp;
}
