import type { AccessReason, AccessRemedy, AccessVerdict } from './access.ts';

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

/** Nothing stands in the way. */
export const READY: AccessVerdict = { reason: 'ready', reachable: true, remedies: [] };

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
