import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** The elements in the distribution's Chromium, headless. */
const config: ViteUserConfig = defineConfig({
  root: new URL('..', import.meta.url).pathname,
  // Without 'development': Lit's development build warns on the console and is not what people get.
  resolve: { conditions: ['module', 'browser', 'production'] },
  // Named, so that nothing is optimised in the middle of a run: that would reload the page under the tests.
  optimizeDeps: {
    noDiscovery: true,
    include: [
      'lit',
      'lit/directives/live.js',
      'lit/directives/repeat.js',
      'axe-core',
      'asn1js',
      '@noble/ciphers/aes.js',
      '@noble/curves/nist.js',
      '@noble/curves/abstract/modular.js',
    ],
  },
  test: {
    include: ['test/browser/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    passWithNoTests: false,
    fileParallelism: false,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: {
          executablePath: '/usr/bin/chromium',
          args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
        },
      }),
      instances: [{ browser: 'chromium', viewport: { width: 1100, height: 900 } }],
    },
  },
});

export default config;
