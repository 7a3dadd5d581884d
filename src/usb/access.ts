/** What stands between this page and a reader. Closed set: the UI words each. */
export type AccessReason =
  | 'ready'
  | 'no-webusb'
  | 'insecure-context'
  | 'permissions-policy'
  | 'protected-class'
  | 'in-use'
  | 'open-refused'
  | 'no-ccid-interface'
  | 'unplugged'
  | 'unknown';

/** A way out, most fitting first. */
export type AccessRemedy =
  | 'use-chromium'
  | 'use-https'
  | 'allow-usb-in-frame'
  | 'isolated-web-app'
  | 'isolated-web-app-policy'
  | 'stop-pcscd'
  | 'close-other-page'
  | 'bind-winusb'
  | 'udev-rule'
  | 'replug'
  | 'vendor-class-reader'
  | 'simulated-reader'
  | 'report';

/** Whether a reader can be used from here, and if not why and what to do. */
export interface AccessVerdict {
  readonly reason: AccessReason;
  readonly reachable: boolean;
  readonly remedies: readonly AccessRemedy[];
}
