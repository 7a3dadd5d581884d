import { domName, translate } from './dom-errors.ts';
import type { UsbHost } from './host.ts';

/** bInterfaceClass of CCID readers (USB-IF), and of readers that put CCID behind a vendor's class. */
export const SMART_CARD_CLASS = 0x0b;
export const VENDOR_CLASS = 0xff;

/** What the browser's chooser offers. A vendor-class device may turn out not to be a reader: its descriptors tell. */
export const READER_FILTERS: readonly USBDeviceFilter[] = [{ classCode: SMART_CARD_CLASS }, { classCode: VENDOR_CLASS }];

/** True when some interface of some configuration may be a reader. */
export function mayBeReader(device: USBDevice): boolean {
  return device.configurations.some((configuration) =>
    configuration.interfaces.some((each) =>
      each.alternates.some((setting) => setting.interfaceClass === SMART_CARD_CLASS || setting.interfaceClass === VENDOR_CLASS),
    ),
  );
}

/**
 * Shows the browser's chooser; null when the person chose nothing. Needs a user gesture.
 * @throws UsbError `not-allowed` without a gesture or where a policy forbids it
 */
export async function chooseDevice(host: UsbHost, filters: readonly USBDeviceFilter[] = READER_FILTERS): Promise<USBDevice | null> {
  try {
    return await host.requestDevice({ filters: [...filters] });
  } catch (error) {
    if (domName(error) === 'NotFoundError') return null;
    throw translate(error, 'not-allowed', 'the chooser was refused');
  }
}

/** Devices that may be readers and were granted before. @throws UsbError `not-allowed` */
export async function grantedDevices(host: UsbHost): Promise<readonly USBDevice[]> {
  try {
    return (await host.getDevices()).filter(mayBeReader);
  } catch (error) {
    throw translate(error, 'not-allowed', 'the list of devices was refused');
  }
}
