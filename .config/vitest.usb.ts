import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Real Chromium, pcscd and libccid on an emulated USB bus: one file at a time, in order. */
const config: ViteUserConfig = defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/usb/**/*.test.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    passWithNoTests: false,
  },
});

export default config;
