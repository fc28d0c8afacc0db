import { defineConfig } from 'vitest/config';

const unit = ['packages/**/*.test.ts', 'infra/**/*.test.ts', 'test/**/*.test.ts'];
const stack = ['packages/**/*.stack.test.ts', 'test/**/*.stack.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: unit,
          exclude: [...stack, '**/node_modules/**'],
          setupFiles: ['test/chance.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'stack',
          include: stack,
          globalSetup: ['packages/local/test/endpoints.ts'],
          setupFiles: ['test/chance.ts', 'packages/local/test/resources.ts'],
          testTimeout: 180_000, // far beyond the slowest on a busy machine: a limit for what hangs, not a measure
          hookTimeout: 60_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
    ],
  },
});
