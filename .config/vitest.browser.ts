import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { CHROMIUM, FLAGS } from '../test/chromium.ts';

const root = new URL('..', import.meta.url).pathname;

/** The elements in the distribution's Chromium, headless. */
const elements = {
  root,
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
    name: 'elements',
    include: ['test/browser/**/*.test.ts'],
    exclude: ['test/browser/crypto.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: {
          executablePath: CHROMIUM,
          args: [...FLAGS],
        },
      }),
      instances: [{ browser: 'chromium' as const, viewport: { width: 1100, height: 900 } }],
    },
  },
};

/** Pages that need a Chromium of their own, with other flags or policies: the test runs in Node and drives it. */
const pages = {
  root,
  test: { name: 'pages', environment: 'node' as const, include: ['test/browser/crypto.test.ts'], testTimeout: 180_000, hookTimeout: 120_000 },
};

const config: ViteUserConfig = defineConfig({
  root,
  test: { projects: [elements, pages], fileParallelism: false, passWithNoTests: false },
});

export default config;
