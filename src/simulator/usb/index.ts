export * from './configuration.ts';
export * from './descriptors.ts';
export * from './in-pipe.ts';
export { TRANSFER_FAULT_ENDS, TRANSFER_FAULT_KINDS, type TransferFault, type TransferFaultEnd, type TransferFaultKind } from './transfer-faults.ts';
export * from './usb-device.ts';
export * from './usbip.ts';
export * from './web-usb.ts';
export * from './web-usb-device.ts';
