import type { SimulatedInterface } from './configuration.ts';

/** Interface classes that an ordinary page may not claim (WebUSB, 7.4): audio, HID, mass storage, smart card, video, audio/video, wireless. */
const protectedClasses: ReadonlySet<number> = new Set([0x01, 0x03, 0x08, 0x0b, 0x0e, 0x10, 0xe0]);

/** Standard requests a page may send by itself, all of them reading (Chromium since 2026). */
const readingRequests: ReadonlySet<number> = new Set([0, 6, 8, 10, 12]);

/** Largest transfer Chromium passes on. */
export const MAX_TRANSFER_BYTES: number = 32 * 1024 * 1024;

/** The browser's own words: some drivers have nothing else to go by. */
export const WORDS = {
  openFirst: 'The device must be opened first.',
  configureFirst: 'The device must have a configuration selected.',
  claimFirst: 'The specified interface has not been claimed.',
  noInterface: 'The interface number provided is not supported by the device in its current configuration.',
  noConfiguration: 'The configuration value provided is not supported by the device.',
  noAlternate: 'The alternate setting provided is not supported by the device in its current configuration.',
  noEndpoint: 'The specified endpoint is not part of a claimed and selected alternate interface.',
  endpointRange: 'The specified endpoint number is out of range.',
  deviceBusy: 'An operation that changes the device state is in progress.',
  interfaceBusy: 'An operation that changes interface state is in progress.',
  protectedClass: 'The requested interface implements a protected class.',
  claimFailed: 'Unable to claim interface.',
  accessDenied: 'Access denied.',
  disconnected: 'The device was disconnected.',
  clearFailed: 'Unable to clear endpoint.',
  transferError: 'A transfer error has occurred.',
  cancelled: 'The transfer was cancelled.',
  notAllowed: 'The transfer was not allowed.',
  tooLong: 'The data buffer exceeded its maximum size.',
  noneSelected: 'No device selected.',
} as const;

export const failure = (name: string, message: string): DOMException => new DOMException(message, name);

export const isProtected = (item: SimulatedInterface): boolean => item.alternates.some((alternate) => protectedClasses.has(alternate.interfaceClass));

/** Whether a control request may leave the page at all: a standard one only when it reads, and in an ordinary page none to a protected interface. */
export function controlAllowed(
  setup: USBControlTransferParameters,
  isIn: boolean,
  ordinaryPage: boolean,
  interfaces: readonly SimulatedInterface[],
): boolean {
  if (setup.requestType === 'standard') return isIn && readingRequests.has(setup.request);
  if (!ordinaryPage) return true;
  const target = interfaces.find((item) => item.interfaceNumber === (setup.index & 0xff));
  return target === undefined || !isProtected(target);
}

const typeBits: Readonly<Record<USBRequestType, number>> = { standard: 0, class: 0x20, vendor: 0x40 };
const recipientBits: Readonly<Record<USBRecipient, number>> = { device: 0, interface: 1, endpoint: 2, other: 3 };

/** bmRequestType (USB 2.0, table 9-2). */
export const requestTypeByte = (setup: USBControlTransferParameters, isIn: boolean): number =>
  (isIn ? 0x80 : 0) | typeBits[setup.requestType] | recipientBits[setup.recipient];
