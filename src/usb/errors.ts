import { LayerError } from '../codec/errors.ts';

/** Why a USB operation did not happen or did not end well. */
export type UsbReason =
  | 'no-webusb'
  | 'not-allowed'
  | 'protected-class'
  | 'in-use'
  | 'open-refused'
  | 'no-interface'
  | 'no-endpoint'
  | 'bad-descriptor'
  | 'stall'
  | 'babble'
  | 'short-write'
  | 'transfer-failed'
  | 'aborted'
  | 'closed'
  | 'unplugged';

/** A failed USB operation. The browser's own DOMException is `cause`. */
export class UsbError extends LayerError<UsbReason> {
  readonly layer = 'usb';
}
