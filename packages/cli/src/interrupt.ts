/**
 * Ctrl-C and a polite kill: the first asks to stop cleanly, the second ends the process where it stands.
 */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Resolves at the first signal to stop. */
export async function untilInterrupted(): Promise<'interrupted'> {
  return await new Promise((resolve) => {
    let signals = 0;
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        signals += 1;
        if (signals > 1) process.exit(130);
        process.stderr.write('\nstopping; once more to end at once\n');
        resolve('interrupted');
      });
    }
  });
}
