import { defineConfig } from 'vitest/config';

/** The simulated card under Debian's card tools, through pcscd: one file at a time, in order. */
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/interop/**/*.test.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 120_000,
    passWithNoTests: false,
  },
});
