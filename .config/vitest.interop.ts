import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** The simulated card under Debian's card tools, through pcscd: one file at a time, in order. */
const config: ViteUserConfig = defineConfig({
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

export default config;
