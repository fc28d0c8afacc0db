/**
 * Showing that work goes on: one line that is written over on a terminal, a line now and then everywhere else.
 */
export interface Progress {
  /** What is under way now. */
  update(text: string): void;
  /** A step is over: its line stays. */
  done(text: string): void;
}

/** Where nobody watches, an update is repeated at most this often (ms). */
const PLAIN_EVERY = 5000;
const CLEAR_LINE = '\r\u001b[2K';

export const silent: Progress = { update: () => undefined, done: () => undefined };

export function showProgress(out: NodeJS.WriteStream, now: () => number): Progress {
  if (out.isTTY) {
    const width = () => Math.max(20, (out.columns || 80) - 1); // 0 where a terminal does not say
    return {
      update: (text) => out.write(`${CLEAR_LINE}  ${text}`.slice(0, width() + CLEAR_LINE.length)),
      done: (text) => out.write(`${CLEAR_LINE}✓ ${text}\n`),
    };
  }
  let last = now();
  return {
    update: (text) => {
      if (now() - last < PLAIN_EVERY) return;
      last = now();
      out.write(`  ${text}\n`);
    },
    done: (text) => {
      last = now();
      out.write(`${text}\n`);
    },
  };
}
