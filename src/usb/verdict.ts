import type { AccessReason, AccessRemedy, AccessVerdict } from './access.ts';
import { UsbError } from './errors.ts';

export type Platform = 'windows' | 'macos' | 'linux' | 'chromeos' | 'android' | 'unknown';

/** What decides access besides the device. Gathered by `hostEnvironment`, or made up by a test. */
export interface UsbEnvironment {
  readonly hasUsb: boolean;
  readonly secureContext: boolean;
  /** Permissions policy of this frame allows `usb`. */
  readonly usbAllowed: boolean;
  readonly isolatedApp: boolean;
  readonly crossOriginIsolated: boolean;
  readonly platform: Platform;
}

const READY: AccessVerdict = { reason: 'ready', reachable: true, remedies: [] };

function shut(reason: AccessReason, ...remedies: readonly AccessRemedy[]): AccessVerdict {
  return { reason, reachable: false, remedies };
}

/** The verdict that no reader can change, or undefined when the road to `navigator.usb` is open. */
export function environmentVerdict(environment: UsbEnvironment): AccessVerdict | undefined {
  if (!environment.secureContext) return shut('insecure-context', 'use-https', 'simulated-reader');
  if (!environment.hasUsb) return shut('no-webusb', 'use-chromium', 'simulated-reader');
  if (!environment.usbAllowed) return shut('permissions-policy', 'allow-usb-in-frame', 'simulated-reader');
  return undefined;
}

/**
 * The verdict on one reader after trying to claim it; `failure` is what that threw, undefined when it worked.
 * Remedies by what Chromium was seen to do on Linux; those for Windows and macOS follow its documentation.
 */
export function accessVerdict(environment: UsbEnvironment, failure: unknown): AccessVerdict {
  const general = environmentVerdict(environment);
  if (general !== undefined) return general;
  if (failure === undefined) return READY;
  const { platform } = environment;
  switch (failure instanceof UsbError ? failure.reason : undefined) {
    case 'protected-class':
      // An Isolated Web App meets this only when its manifest lacks `usb-unrestricted` or `cross-origin-isolated`.
      return environment.isolatedApp
        ? shut('protected-class', 'isolated-web-app-policy', 'report')
        : shut('protected-class', 'isolated-web-app', 'vendor-class-reader', 'simulated-reader');
    case 'in-use':
      return platform === 'linux'
        ? shut('in-use', 'stop-pcscd', 'close-other-page', 'replug')
        : platform === 'windows'
          ? shut('in-use', 'bind-winusb', 'close-other-page', 'replug')
          : shut('in-use', 'close-other-page', 'replug');
    case 'open-refused':
      return platform === 'windows'
        ? shut('open-refused', 'bind-winusb', 'close-other-page', 'replug')
        : platform === 'linux'
          ? shut('open-refused', 'udev-rule', 'close-other-page', 'replug')
          : shut('open-refused', 'close-other-page', 'replug');
    case 'no-interface':
    case 'no-endpoint':
    case 'bad-descriptor':
      return shut('no-ccid-interface', 'vendor-class-reader', 'report');
    case 'unplugged':
      return shut('unplugged', 'replug');
    case 'not-allowed':
      return shut('permissions-policy', 'allow-usb-in-frame');
    case 'no-webusb':
      return shut('no-webusb', 'use-chromium', 'simulated-reader');
    default:
      return shut('unknown', 'replug', 'report');
  }
}
