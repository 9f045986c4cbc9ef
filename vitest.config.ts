import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Host scripts are imported as text, as the build does it. */
const shellAsText = {
  name: 'shell-as-text',
  enforce: 'pre' as const,
  async load(id: string) {
    if (!id.endsWith('.sh')) return null;
    return `export default ${JSON.stringify(await readFile(id, 'utf8'))};`;
  },
};

export default defineConfig({
  plugins: [shellAsText],
  test: {
    // Many tests wait for processes and timers: one worker less than there are cores leaves half of two cores idle.
    maxWorkers: availableParallelism(),
    // Limits for what hangs, not statements about speed: a busy machine may be ten times slower, and stand still at times.
    expect: { poll: { timeout: 120_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/real-sq/**', 'test/rig/**'],
          setupFiles: ['test/seed.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'sq',
          include: ['test/real-sq/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'hosts',
          include: ['test/rig/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
    coverage: { provider: 'v8', include: ['src/**/*.ts'] },
  },
});
