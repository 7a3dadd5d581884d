import { describe, expect, it } from 'vitest';
import { environmentFacts } from '../../../../src/app/diagnostics/environment.ts';
import { environmentFindings, FINDING_CODES, finding, isFindingCode, sorted } from '../../../../src/app/diagnostics/findings.ts';
import type { EnvironmentFact } from '../../../../src/app/diagnostics/state.ts';

const state = (facts: readonly EnvironmentFact[], key: EnvironmentFact['key']): string | undefined => {
  const fact = facts.find((each) => each.key === key);
  return fact?.value ?? fact?.state;
};

/** A page in Chrome on Windows, as an Isolated Web App. */
const page = {
  navigator: {
    usb: {},
    smartCard: {},
    userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36',
    userAgentData: {
      platform: 'Windows',
      brands: [
        { brand: 'Not;A=Brand', version: '8' },
        { brand: 'Chromium', version: '156' },
        { brand: 'Google Chrome', version: '156' },
      ],
    },
  },
  document: { permissionsPolicy: { allowsFeature: () => true } },
  location: { protocol: 'isolated-app:' },
  isSecureContext: true,
  crossOriginIsolated: true,
  WebAssembly,
  crypto: { subtle: {} },
};

describe('environment', () => {
  it('is read from the scope', () => {
    const facts = environmentFacts(page);
    expect(facts.map(({ key, value, state: said }) => [key, value ?? said])).toEqual([
      ['browser', 'Chromium 156, Google Chrome 156'],
      ['operating-system', 'Windows'],
      ['secure-context', 'yes'],
      ['webusb', 'yes'],
      ['usb-allowed-by-policy', 'yes'],
      ['isolated-web-app', 'yes'],
      ['cross-origin-isolated', 'yes'],
      ['web-smart-card', 'yes'],
      ['web-assembly', 'yes'],
      ['web-crypto', 'yes'],
    ]);
    expect(environmentFindings(facts, false)).toEqual([{ code: 'system-untested', severity: 'info', place: 'Windows' }]);
  });

  it('whatever is missing is said, and a page of nothing is survived', () => {
    const facts = environmentFacts({ window: {} });
    expect(state(facts, 'browser')).toBe('unknown');
    expect(state(facts, 'operating-system')).toBe('unknown');
    for (const key of ['secure-context', 'webusb', 'isolated-web-app', 'web-smart-card', 'web-assembly', 'web-crypto'] as const)
      expect(state(facts, key)).toBe('no');
  });

  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 'Firefox 128.0', 'Linux'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15', 'Safari 17.4', 'macOS'],
    ['Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36', 'Chrome 156.0.0.0', 'ChromeOS'],
    ['Node.js/20', 'Node.js 20', 'unknown'],
    ['something else', 'unknown', 'unknown'],
  ])('browsers without client hints: %s', (userAgent, browser, system) => {
    const facts = environmentFacts({ navigator: { userAgent } });
    expect(state(facts, 'browser')).toBe(browser);
    expect(state(facts, 'operating-system')).toBe(system);
  });

  it('WebAssembly counts as absent where a policy forbids to compile it', () => {
    const forbidden = {
      Module: class {
        constructor() {
          throw new Error('wasm-unsafe-eval');
        }
      },
    };
    const facts = environmentFacts({ ...page, WebAssembly: forbidden });
    expect(state(facts, 'web-assembly')).toBe('no');
    expect(environmentFindings(facts, false).map((each) => each.code)).toContain('web-assembly-forbidden');
  });

  it('an insecure page is one finding, not three; with a door of its own it is a note', () => {
    const facts = environmentFacts({ ...page, isSecureContext: false, crypto: {}, navigator: { userAgent: '' } });
    expect(environmentFindings(facts, false)).toEqual([{ code: 'insecure-context', severity: 'error' }]);
    expect(environmentFindings(facts, true)).toEqual([{ code: 'insecure-context', severity: 'info' }]);
    const shut = environmentFacts({ ...page, document: { permissionsPolicy: { allowsFeature: () => false } } });
    expect(environmentFindings(shut, false)[0]).toEqual({ code: 'usb-forbidden-by-policy', severity: 'error' });
  });
});

describe('findings', () => {
  it('are a closed set, each once, most severe first', () => {
    expect(new Set(FINDING_CODES).size).toBe(FINDING_CODES.length);
    expect(isFindingCode('default-pin')).toBe(true);
    expect(isFindingCode('chuid-expired')).toBe(true);
    expect(isFindingCode('toString')).toBe(false);
    const twice = [
      finding('no-reader'),
      finding('default-pin'),
      finding('default-pin'),
      { ...finding('default-pin'), slot: 1 },
      finding('card-mute'),
    ];
    expect(sorted(twice).map(({ code, slot }) => [code, slot])).toEqual([
      ['card-mute', undefined],
      ['default-pin', undefined],
      ['default-pin', 1],
      ['no-reader', undefined],
    ]);
  });
});
