/**
 * Rejections a workflow comes to only after it has taken a record, as when it asks others about many records at once. Those
 * of the reader wait for them, so that a quarantine file is in the order of its stream file, whatever was asked when.
 */
import type { FileCounts } from './progress.ts';
import type { RejectedLine } from './rejection.ts';

export class LateRejections {
  #held: RejectedLine[] = [];
  #released: RejectedLine[] = [];
  #late = 0;

  /** A line the reader rejects. */
  hold(line: RejectedLine): void {
    this.#held.push({ ...line, bytes: Buffer.from(line.bytes) });
  }

  /** A record that was taken, and is rejected now. `bytes` are its own from now on. */
  reject(line: RejectedLine): void {
    this.#held.push(line);
    this.#late += 1;
  }

  /** Every record taken so far has its answer. */
  settled(): void {
    this.#released.push(...this.#held.sort((one, other) => one.line - other.line));
    this.#held = [];
  }

  /** What was settled since the last call, in the order of the file. */
  released(): readonly RejectedLine[] {
    if (this.#released.length === 0) return [];
    const released = this.#released;
    this.#released = [];
    return released;
  }

  all(): readonly RejectedLine[] {
    this.settled();
    return this.released();
  }

  /** What a reader counted that took the records rejected late for accepted. */
  counted({ read, accepted, quarantined }: FileCounts): FileCounts {
    return { read, accepted: accepted - this.#late, quarantined: quarantined + this.#late };
  }
}
