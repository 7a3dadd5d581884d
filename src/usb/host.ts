// Kept in the published types, which name those of WebUSB.
/// <reference types="w3c-web-usb" preserve="true" />
/** The part of `navigator.usb` that the driver uses: a page's own, a worker's, Node's, or a simulated one. */
export interface UsbHost {
  getDevices(): Promise<USBDevice[]>;
  requestDevice(options: USBDeviceRequestOptions): Promise<USBDevice>;
  addEventListener(type: 'connect' | 'disconnect', listener: (event: USBConnectionEvent) => void): void;
  removeEventListener(type: 'connect' | 'disconnect', listener: (event: USBConnectionEvent) => void): void;
}
