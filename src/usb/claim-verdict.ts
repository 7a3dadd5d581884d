import type { AccessReason, AccessRemedy, AccessVerdict } from './access.ts';
import type { UsbReason } from './errors.ts';
import type { UsbEnvironment } from './verdict.ts';

function shut(reason: AccessReason, ...remedies: readonly AccessRemedy[]): AccessVerdict {
  return { reason, reachable: false, remedies };
}

/**
 * The verdict on a reader that could not be claimed, and the ways out. Remedies by what Chromium was seen to do on Linux; those for
 * Windows and macOS follow its documentation. Apart from the driver: it is loaded by who asks why.
 */
export function claimVerdict(environment: UsbEnvironment, reason: UsbReason | undefined): AccessVerdict {
  const { platform } = environment;
  switch (reason) {
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
