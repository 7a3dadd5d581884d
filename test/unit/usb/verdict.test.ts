import { describe, expect, it } from 'vitest';
import { accessVerdict, hostEnvironment, hostUsb, type UsbEnvironment, UsbError, type UsbReason } from '../../../src/usb/index.ts';

const page: UsbEnvironment = {
  hasUsb: true,
  secureContext: true,
  usbAllowed: true,
  isolatedApp: false,
  crossOriginIsolated: false,
  platform: 'linux',
};

describe('accessVerdict', () => {
  it.each([
    ['protected-class', {}, 'protected-class', ['isolated-web-app', 'vendor-class-reader', 'simulated-reader']],
    ['protected-class', { isolatedApp: true }, 'protected-class', ['isolated-web-app-policy', 'report']],
    ['in-use', {}, 'in-use', ['stop-pcscd', 'close-other-page', 'replug']],
    ['in-use', { platform: 'windows' }, 'in-use', ['bind-winusb', 'close-other-page', 'replug']],
    ['in-use', { platform: 'chromeos' }, 'in-use', ['close-other-page', 'replug']],
    ['open-refused', {}, 'open-refused', ['udev-rule', 'close-other-page', 'replug']],
    ['open-refused', { platform: 'windows' }, 'open-refused', ['bind-winusb', 'close-other-page', 'replug']],
    ['no-endpoint', {}, 'no-ccid-interface', ['vendor-class-reader', 'report']],
    ['unplugged', {}, 'unplugged', ['replug']],
    ['not-allowed', {}, 'permissions-policy', ['allow-usb-in-frame']],
    ['stall', {}, 'unknown', ['replug', 'report']],
  ] as const)('%s with %o', (reason: UsbReason, facts: Partial<UsbEnvironment>, expected, remedies) => {
    expect(accessVerdict({ ...page, ...facts }, new UsbError(reason, ''))).toEqual({ reason: expected, reachable: false, remedies });
  });

  it('is ready when the claim worked, and says so of nothing else', () => {
    expect(accessVerdict(page, undefined)).toEqual({ reason: 'ready', reachable: true, remedies: [] });
    expect(accessVerdict(page, new Error('other'))).toMatchObject({ reason: 'unknown', reachable: false });
    expect(accessVerdict({ ...page, secureContext: false }, undefined)).toMatchObject({ reason: 'insecure-context', reachable: false });
  });
});

describe('the host', () => {
  it('is read from the scope, whatever of it is missing', () => {
    const usb = {};
    expect(hostUsb({ navigator: { usb } })).toBe(usb);
    expect(hostUsb({})).toBeUndefined();
    expect(hostEnvironment({ window: {} })).toEqual({
      hasUsb: false,
      secureContext: false,
      usbAllowed: true,
      isolatedApp: false,
      crossOriginIsolated: false,
      platform: 'unknown',
    });
    expect(
      hostEnvironment({
        navigator: { usb, userAgentData: { platform: 'Chrome OS' } },
        document: { featurePolicy: { allowsFeature: () => false } },
        location: { protocol: 'isolated-app:' },
        isSecureContext: true,
        crossOriginIsolated: true,
      }),
    ).toEqual({ hasUsb: true, secureContext: true, usbAllowed: false, isolatedApp: true, crossOriginIsolated: true, platform: 'chromeos' });
  });

  it('a place without page or worker is not insecure; a page that does not say so is', () => {
    expect(hostEnvironment({})).toMatchObject({ hasUsb: false, secureContext: true });
    expect(hostEnvironment({ WorkerGlobalScope: {} }).secureContext).toBe(false);
    expect(hostEnvironment({ window: {}, isSecureContext: true }).secureContext).toBe(true);
  });

  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64)', 'linux'],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64)', 'windows'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)', 'macos'],
    ['Mozilla/5.0 (Linux; Android 14)', 'android'],
    ['Mozilla/5.0 (X11; CrOS x86_64 14541.0.0)', 'chromeos'],
  ])('%s is %s', (userAgent, platform) => {
    expect(hostEnvironment({ navigator: { userAgent } }).platform).toBe(platform);
  });
});
