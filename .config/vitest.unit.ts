import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Everything that runs in Node: unit, vectors, conformance, hostile and architecture tests. */
const config: ViteUserConfig = defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/{unit,vectors,conformance,hostile,arch}/**/*.test.ts'],
    environment: 'node',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    isolate: false,
    maxWorkers: 2,
    passWithNoTests: false,
  },
});

export default config;
