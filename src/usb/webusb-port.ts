import { type Bytes, copy } from '../codec/bytes.ts';
import type { Trace } from '../codec/trace.ts';
import type { CcidEndpoints, EndpointDescriptor } from './configuration.ts';
import { UsbError } from './errors.ts';
import type { ControlRequest, TransferOptions, UsbCloseReason, UsbEndpointName, UsbPort } from './port.ts';

export interface WebUsbPortParts {
  readonly device: USBDevice;
  readonly interfaceNumber: number;
  readonly endpoints: CcidEndpoints;
  readonly configurationDescriptor: Bytes;
  readonly trace: Trace;
  /** Says what a DOMException means; may wait for the disconnect event. */
  readonly explain: (error: unknown) => Promise<UsbError>;
  readonly release: (reason: UsbCloseReason) => Promise<void>;
}

type Kind = 'bulk-out' | 'bulk-in' | 'interrupt-in' | 'control-in' | 'control-out' | 'clear-halt';

/** {@link UsbPort} over a claimed interface of a USBDevice: the only place where transfers are made. */
export class WebUsbPort implements UsbPort {
  readonly closed: Promise<UsbCloseReason>;
  readonly interfaceNumber: number;
  readonly packetBytes: number;
  readonly hasInterruptIn: boolean;
  readonly configurationDescriptor: Bytes;
  readonly #parts: WebUsbPortParts;
  /** Reads whose caller gave up, oldest first: the next reads take them over. */
  readonly #orphans: Record<'bulk-in' | 'interrupt-in', Promise<Bytes>[]> = { 'bulk-in': [], 'interrupt-in': [] };
  readonly #refusals = new Set<(error: UsbError) => void>();
  #resolveClosed: (reason: UsbCloseReason) => void = () => undefined;
  #ended: UsbCloseReason | undefined;
  #released: Promise<void> | undefined;

  constructor(parts: WebUsbPortParts) {
    this.#parts = parts;
    this.interfaceNumber = parts.interfaceNumber;
    this.packetBytes = parts.endpoints.bulkIn.wMaxPacketSize;
    this.hasInterruptIn = parts.endpoints.interruptIn !== undefined;
    this.configurationDescriptor = parts.configurationDescriptor;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  async bulkOut(data: Bytes, options: TransferOptions = {}): Promise<void> {
    const endpoint = this.#parts.endpoints.bulkOut.bEndpointAddress & 0x0f;
    const result = await this.#guard('bulk-out', () => this.#parts.device.transferOut(endpoint, data), options.signal);
    this.#check('bulk-out', result.status, result.bytesWritten);
    if (result.bytesWritten !== data.length) throw new UsbError('short-write', `${result.bytesWritten} of ${data.length} bytes written`);
  }

  bulkIn(maxBytes: number, options: TransferOptions = {}): Promise<Bytes> {
    return this.#read('bulk-in', this.#parts.endpoints.bulkIn, maxBytes, options.signal);
  }

  async interruptIn(options: TransferOptions = {}): Promise<Bytes> {
    const endpoint = this.#parts.endpoints.interruptIn;
    if (endpoint === undefined) throw new UsbError('no-endpoint', 'no interrupt endpoint');
    return this.#read('interrupt-in', endpoint, endpoint.wMaxPacketSize, options.signal);
  }

  async controlIn(request: ControlRequest, lengthBytes: number, options: TransferOptions = {}): Promise<Bytes> {
    const result = await this.#guard('control-in', () => this.#parts.device.controlTransferIn(setup(request), lengthBytes), options.signal);
    return this.#data('control-in', result);
  }

  async controlOut(request: ControlRequest, data: Bytes, options: TransferOptions = {}): Promise<void> {
    const result = await this.#guard('control-out', () => this.#parts.device.controlTransferOut(setup(request), data), options.signal);
    this.#check('control-out', result.status, result.bytesWritten);
  }

  async clearHalt(name: UsbEndpointName, options: TransferOptions = {}): Promise<void> {
    const { bulkOut, bulkIn, interruptIn } = this.#parts.endpoints;
    const endpoint = name === 'bulk-out' ? bulkOut : name === 'bulk-in' ? bulkIn : interruptIn;
    if (endpoint === undefined) throw new UsbError('no-endpoint', `no ${name} endpoint`);
    await this.#guard(
      'clear-halt',
      () => this.#parts.device.clearHalt(name === 'bulk-out' ? 'out' : 'in', endpoint.bEndpointAddress & 0x0f),
      options.signal,
    );
  }

  close(): Promise<void> {
    this.end('closed');
    this.#released ??= this.#parts.release(this.#ended ?? 'closed');
    return this.#released;
  }

  /** Fails what is pending and gives the interface back. Called with 'unplugged' by the device. */
  end(reason: UsbCloseReason): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    for (const refuse of [...this.#refusals]) refuse(this.#endError());
    this.#resolveClosed(reason);
    this.#released ??= this.#parts.release(reason);
  }

  #endError(cause?: unknown): UsbError {
    return this.#ended === 'unplugged'
      ? new UsbError('unplugged', 'the device was unplugged', { cause })
      : new UsbError('closed', 'the port is closed', { cause });
  }

  #read(kind: 'bulk-in' | 'interrupt-in', endpoint: EndpointDescriptor, length: number, signal: AbortSignal | undefined): Promise<Bytes> {
    const orphans = this.#orphans[kind];
    const start = (): Promise<Bytes> =>
      orphans.shift() ?? this.#parts.device.transferIn(endpoint.bEndpointAddress & 0x0f, length).then((result) => this.#data(kind, result));
    return this.#guard(kind, start, signal, (transfer) => {
      // Nobody may be listening when it fails.
      transfer.catch(() => undefined);
      orphans.push(transfer);
    });
  }

  #data(kind: Kind, result: USBInTransferResult): Bytes {
    const data = result.data === undefined ? new Uint8Array(0) : copy(result.data);
    this.#check(kind, result.status, data.length);
    return data;
  }

  #check(kind: Kind, status: USBTransferStatus | undefined, lengthBytes: number): void {
    this.#parts.trace({ layer: 'usb', kind, lengthBytes, outcome: status ?? 'ok' });
    if (status === 'stall') throw new UsbError('stall', `${kind} stalled`);
    if (status === 'babble') throw new UsbError('babble', `${kind}: the device sent more than asked for`);
  }

  /** Runs one transfer: ends at its result, at the signal or at the port's end, whichever comes first. */
  #guard<T>(kind: Kind, start: () => Promise<T>, signal: AbortSignal | undefined, onAbandon?: (transfer: Promise<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(this.#endError());
        return;
      }
      if (signal?.aborted === true) {
        reject(aborted(kind, signal));
        return;
      }
      const transfer = start();
      const finish = (): boolean => {
        signal?.removeEventListener('abort', onAbort);
        return this.#refusals.delete(refuse);
      };
      const refuse = (error: UsbError): void => {
        if (finish()) reject(error);
      };
      const onAbort = (): void => {
        if (!finish()) return;
        onAbandon?.(transfer);
        reject(aborted(kind, signal));
      };
      this.#refusals.add(refuse);
      signal?.addEventListener('abort', onAbort, { once: true });
      transfer.then(
        (value) => {
          if (finish()) resolve(value);
        },
        (error: unknown) => {
          if (this.#ended !== undefined) return;
          if (error instanceof UsbError) refuse(error);
          else void this.#explainFailure(kind, error).then(refuse);
        },
      );
    });
  }

  async #explainFailure(kind: Kind, error: unknown): Promise<UsbError> {
    const explained = await this.#parts.explain(error);
    if (this.#ended !== undefined) return this.#endError(error);
    this.#parts.trace({ layer: 'usb', kind, lengthBytes: 0, outcome: explained.reason });
    if (explained.reason === 'unplugged') this.end('unplugged');
    else if (explained.reason === 'closed') this.end('lost');
    return explained;
  }
}

function aborted(kind: Kind, signal: AbortSignal | undefined): UsbError {
  return new UsbError('aborted', `${kind} aborted`, { cause: signal?.reason });
}

function setup(request: ControlRequest): USBControlTransferParameters {
  return { requestType: request.type, recipient: request.recipient, request: request.bRequest, value: request.wValue, index: request.wIndex };
}
