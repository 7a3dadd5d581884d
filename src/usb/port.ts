import type { Bytes } from '../codec/bytes.ts';

export interface TransferOptions {
  readonly signal?: AbortSignal;
}

/** A class or vendor control request addressed to the claimed interface (USB 2.0, 9.3). */
export interface ControlRequest {
  readonly type: 'class' | 'vendor' | 'standard';
  readonly recipient: 'interface' | 'device';
  readonly bRequest: number;
  readonly wValue: number;
  readonly wIndex: number;
}

export type UsbEndpointName = 'bulk-out' | 'bulk-in' | 'interrupt-in';

/** How a port ended: by us, or because the device went. */
export type UsbCloseReason = 'closed' | 'unplugged' | 'lost';

/**
 * One claimed CCID interface of one device: the waist between WebUSB and the driver.
 *
 * A pending WebUSB transfer can't be cancelled. Aborting rejects the caller with UsbError `aborted`; data that arrive late
 * for an aborted `bulkIn` (or `interruptIn`) are handed to the next one, in order. All methods reject with {@link UsbError}.
 */
export interface UsbPort {
  /** One transfer; no zero-length packet is added. */
  bulkOut(data: Bytes, options?: TransferOptions): Promise<void>;
  /** One transfer of at most `maxBytes`, which must be a multiple of {@link packetBytes}; may be empty. */
  bulkIn(maxBytes: number, options?: TransferOptions): Promise<Bytes>;
  /** One notification. Rejects with `no-endpoint` when {@link hasInterruptIn} is false. */
  interruptIn(options?: TransferOptions): Promise<Bytes>;
  controlIn(request: ControlRequest, lengthBytes: number, options?: TransferOptions): Promise<Bytes>;
  controlOut(request: ControlRequest, data: Bytes, options?: TransferOptions): Promise<void>;
  clearHalt(endpoint: UsbEndpointName, options?: TransferOptions): Promise<void>;
  /** wMaxPacketSize of the bulk IN endpoint. */
  readonly packetBytes: number;
  readonly hasInterruptIn: boolean;
  readonly interfaceNumber: number;
  /** The whole answer to GET_DESCRIPTOR(CONFIGURATION). */
  readonly configurationDescriptor: Bytes;
  /** Resolves once, when no further transfer can succeed. */
  readonly closed: Promise<UsbCloseReason>;
  /** Releases the interface; the device is closed with its last port. Idempotent. */
  close(): Promise<void>;
}
