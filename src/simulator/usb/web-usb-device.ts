import { type Bytes, EMPTY, copy } from '../../codec/index.ts';
import { type SimulatedConfiguration, type SimulatedInterface, configurationTree } from './configuration.ts';
import { MAX_TRANSFER_BYTES, WORDS, controlAllowed, failure, isProtected, requestTypeByte } from './host-rules.ts';
import type { TransferHandle, TransferResult } from './in-pipe.ts';
import type { UsbDevice } from './usb-device.ts';

/** How a page stands to a device. */
export interface PageRules {
  /** An ordinary page: interfaces of protected classes are shut. False: an Isolated Web App with usb-unrestricted. */
  readonly ordinaryPage: boolean;
  /** The system refuses to open the device: no udev rule, no WinUSB binding. */
  readonly openRefused: (device: UsbDevice) => boolean;
}

type Ending = 'cancelled' | 'error';

interface Outstanding {
  readonly interfaceNumber: number | null;
  readonly fail: (error: DOMException) => void;
  readonly handle: TransferHandle | null;
}

const bcd = (value: number): readonly [number, number, number] => [value >> 8, (value >> 4) & 15, value & 15];
const asBytes = (data: BufferSource): Bytes =>
  ArrayBuffer.isView(data) ? copy(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) : copy(new Uint8Array(data));
const view = (data: Bytes): DataView<ArrayBuffer> => new DataView(data.buffer, data.byteOffset, data.byteLength);

/** The delay of a state change: another task runs in between, as the browser's call to its device service lets it. */
const laterTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/**
 * One simulated device as a page sees it, an object of the shape of WebUSB's USBDevice. Preconditions and exception names are
 * Chromium's, also where the specification says less.
 */
export class SimulatedUsbDevice {
  readonly usbVersionMajor: number;
  readonly usbVersionMinor: number;
  readonly usbVersionSubminor: number;
  readonly deviceClass: number;
  readonly deviceSubclass: number;
  readonly deviceProtocol: number;
  readonly vendorId: number;
  readonly productId: number;
  readonly deviceVersionMajor: number;
  readonly deviceVersionMinor: number;
  readonly deviceVersionSubminor: number;
  readonly manufacturerName: string | null;
  readonly productName: string | null;
  readonly serialNumber: string | null;
  readonly configurations: SimulatedConfiguration[];
  readonly #device: UsbDevice;
  readonly #rules: PageRules;
  readonly #onForget: () => void;
  readonly #outstanding = new Set<Outstanding>();
  #configuration: SimulatedConfiguration | null;
  #opened = false;
  #gone = false;
  #deviceChanging = false;
  #interfacesChanging = 0;

  constructor(device: UsbDevice, rules: PageRules, onForget: () => void) {
    const { options } = device;
    this.#device = device;
    this.#rules = rules;
    this.#onForget = onForget;
    [this.usbVersionMajor, this.usbVersionMinor, this.usbVersionSubminor] = bcd(options.bcdUSB ?? 0x0200);
    [this.deviceVersionMajor, this.deviceVersionMinor, this.deviceVersionSubminor] = bcd(options.bcdDevice ?? 0x0100);
    this.deviceClass = options.deviceClass ?? 0;
    this.deviceSubclass = options.deviceSubclass ?? 0;
    this.deviceProtocol = options.deviceProtocol ?? 0;
    this.vendorId = options.vendorId;
    this.productId = options.productId;
    this.manufacturerName = options.manufacturerName ?? null;
    this.productName = options.productName ?? null;
    this.serialNumber = options.serialNumber ?? null;
    const tree = configurationTree(device.configurationDescriptor);
    this.configurations = tree === null ? [] : [tree];
    this.#configuration = tree;
  }

  get opened(): boolean {
    return this.#opened;
  }

  get configuration(): SimulatedConfiguration | null {
    return this.#configuration;
  }

  async open(): Promise<void> {
    this.#checkPresent();
    this.#checkIdle();
    if (this.#opened) return;
    await this.#changeDevice(() => {
      if (this.#rules.openRefused(this.#device)) throw failure('SecurityError', WORDS.accessDenied);
      this.#opened = true;
    });
  }

  async close(): Promise<void> {
    this.#checkPresent();
    this.#checkIdle();
    if (!this.#opened) return;
    await this.#changeDevice(() => this.#shut());
  }

  async forget(): Promise<void> {
    this.#shut();
    this.#onForget();
  }

  async selectConfiguration(configurationValue: number): Promise<void> {
    this.#checkPresent();
    this.#checkIdle();
    if (!this.#opened) throw failure('InvalidStateError', WORDS.openFirst);
    const wanted = this.configurations.find((item) => item.configurationValue === configurationValue);
    if (wanted === undefined) throw failure('NotFoundError', WORDS.noConfiguration);
    if (wanted === this.#configuration) return;
    await this.#changeDevice(() => {
      this.#configuration = wanted;
    });
  }

  async claimInterface(interfaceNumber: number): Promise<void> {
    const item = this.#interface(interfaceNumber);
    this.#checkIdle();
    if (item.claimed) return;
    if (this.#rules.ordinaryPage && isProtected(item)) throw failure('SecurityError', WORDS.protectedClass);
    await this.#changeInterface(() => {
      if (!this.#device.claim(interfaceNumber, this)) throw failure('NetworkError', WORDS.claimFailed);
      item.claimed = true;
    });
  }

  async releaseInterface(interfaceNumber: number): Promise<void> {
    const item = this.#interface(interfaceNumber);
    this.#checkIdle();
    if (!item.claimed) return;
    await this.#changeInterface(() => {
      this.#endTransfers('error', interfaceNumber);
      this.#device.release(interfaceNumber, this);
      item.claimed = false;
    });
  }

  async selectAlternateInterface(interfaceNumber: number, alternateSetting: number): Promise<void> {
    const item = this.#interface(interfaceNumber);
    if (!item.claimed) throw failure('InvalidStateError', WORDS.claimFirst);
    this.#checkIdle();
    const wanted = item.alternates.find((alternate) => alternate.alternateSetting === alternateSetting);
    if (wanted === undefined) throw failure('NotFoundError', WORDS.noAlternate);
    await this.#changeInterface(() => {
      item.alternate = wanted;
    });
  }

  async controlTransferIn(setup: USBControlTransferParameters, length: number): Promise<USBInTransferResult> {
    const bmRequestType = this.#checkControl(setup, true, length);
    const result = await this.#run(null, (complete) => {
      this.#device.submitControl({ bmRequestType, bRequest: setup.request, wValue: setup.value, wIndex: setup.index }, EMPTY, length, complete);
      return null;
    });
    return this.#inResult(result);
  }

  async controlTransferOut(setup: USBControlTransferParameters, data?: BufferSource): Promise<USBOutTransferResult> {
    const body = data === undefined ? EMPTY : asBytes(data);
    const bmRequestType = this.#checkControl(setup, false, body.length);
    const result = await this.#run(null, (complete) => {
      this.#device.submitControl({ bmRequestType, bRequest: setup.request, wValue: setup.value, wIndex: setup.index }, body, body.length, complete);
      return null;
    });
    return this.#outResult(result);
  }

  async clearHalt(direction: USBDirection, endpointNumber: number): Promise<void> {
    this.#endpointInterface(direction, endpointNumber);
    await laterTask();
    this.#checkPresent();
    // CLEAR_FEATURE(ENDPOINT_HALT) (USB 2.0, 9.4.1).
    const setup = { bmRequestType: 0x02, bRequest: 1, wValue: 0, wIndex: endpointNumber | (direction === 'in' ? 0x80 : 0) };
    const result = await this.#run(null, (complete) => {
      this.#device.submitControl(setup, EMPTY, 0, complete);
      return null;
    });
    if (result.status !== 'completed') throw failure('NetworkError', WORDS.clearFailed);
  }

  async transferIn(endpointNumber: number, length: number): Promise<USBInTransferResult> {
    const owner = this.#endpointInterface('in', endpointNumber);
    if (length > MAX_TRANSFER_BYTES) throw failure('DataError', WORDS.tooLong);
    return this.#inResult(await this.#run(owner, (complete) => this.#device.submitIn(endpointNumber | 0x80, length, complete)));
  }

  async transferOut(endpointNumber: number, data: BufferSource): Promise<USBOutTransferResult> {
    const owner = this.#endpointInterface('out', endpointNumber);
    const body = asBytes(data);
    if (body.length > MAX_TRANSFER_BYTES) throw failure('DataError', WORDS.tooLong);
    const result = await this.#run(owner, (complete) => {
      this.#device.submitOut(endpointNumber, body, complete);
      return null;
    });
    return this.#outResult(result);
  }

  async isochronousTransferIn(): Promise<USBIsochronousInTransferResult> {
    throw failure('NotSupportedError', 'Simulated devices have no isochronous endpoints.');
  }

  async isochronousTransferOut(): Promise<USBIsochronousOutTransferResult> {
    throw failure('NotSupportedError', 'Simulated devices have no isochronous endpoints.');
  }

  async reset(): Promise<void> {
    this.#checkPresent();
    this.#checkIdle();
    if (!this.#opened) throw failure('InvalidStateError', WORDS.openFirst);
    await this.#changeDevice(() => {
      this.#endTransfers('cancelled', null);
      this.#device.reset();
    });
  }

  /** The cable was pulled: pending transfers fail, and nothing works any more. */
  disconnected(): void {
    this.#gone = true;
    for (const transfer of [...this.#outstanding]) transfer.fail(failure('NetworkError', WORDS.transferError));
    this.#outstanding.clear();
    this.#opened = false;
    for (const item of this.#configuration?.interfaces ?? []) item.claimed = false;
  }

  /** The page went away: everything it held is free again. */
  abandon(): void {
    this.#shut();
  }

  #shut(): void {
    this.#endTransfers('cancelled', null);
    for (const item of this.#configuration?.interfaces ?? []) {
      if (item.claimed) this.#device.release(item.interfaceNumber, this);
      item.claimed = false;
    }
    this.#opened = false;
  }

  #endTransfers(ending: Ending, interfaceNumber: number | null): void {
    for (const transfer of [...this.#outstanding]) {
      if (interfaceNumber !== null && transfer.interfaceNumber !== interfaceNumber) continue;
      transfer.fail(ending === 'cancelled' ? failure('AbortError', WORDS.cancelled) : failure('NetworkError', WORDS.transferError));
      transfer.handle?.cancel();
    }
  }

  #checkPresent(): void {
    if (this.#gone) throw failure('NotFoundError', WORDS.disconnected);
  }

  #checkIdle(): void {
    if (this.#deviceChanging) throw failure('InvalidStateError', WORDS.deviceBusy);
    if (this.#interfacesChanging > 0) throw failure('InvalidStateError', WORDS.interfaceBusy);
  }

  async #changeDevice(change: () => void): Promise<void> {
    this.#deviceChanging = true;
    try {
      await laterTask();
      this.#checkPresent();
      change();
    } finally {
      this.#deviceChanging = false;
    }
  }

  async #changeInterface(change: () => void): Promise<void> {
    this.#interfacesChanging++;
    try {
      await laterTask();
      this.#checkPresent();
      change();
    } finally {
      this.#interfacesChanging--;
    }
  }

  #interface(interfaceNumber: number): SimulatedInterface {
    this.#checkPresent();
    if (this.#deviceChanging) throw failure('InvalidStateError', WORDS.deviceBusy);
    if (!this.#opened) throw failure('InvalidStateError', WORDS.openFirst);
    if (this.#configuration === null) throw failure('InvalidStateError', WORDS.configureFirst);
    const item = this.#configuration.interfaces.find((candidate) => candidate.interfaceNumber === interfaceNumber);
    if (item === undefined) throw failure('NotFoundError', WORDS.noInterface);
    return item;
  }

  /** The number of the claimed interface that an endpoint belongs to. */
  #endpointInterface(direction: USBDirection, endpointNumber: number): number {
    this.#checkPresent();
    if (this.#deviceChanging) throw failure('InvalidStateError', WORDS.deviceBusy);
    if (!this.#opened) throw failure('InvalidStateError', WORDS.openFirst);
    if (this.#configuration === null) throw failure('InvalidStateError', WORDS.configureFirst);
    if (!Number.isInteger(endpointNumber) || endpointNumber < 1 || endpointNumber > 15) throw failure('IndexSizeError', WORDS.endpointRange);
    for (const item of this.#configuration.interfaces) {
      if (item.claimed && item.alternate.endpoints.some((endpoint) => endpoint.endpointNumber === endpointNumber && endpoint.direction === direction))
        return item.interfaceNumber;
    }
    throw failure('NotFoundError', WORDS.noEndpoint);
  }

  #checkControl(setup: USBControlTransferParameters, isIn: boolean, lengthBytes: number): number {
    this.#checkPresent();
    if (this.#deviceChanging) throw failure('InvalidStateError', WORDS.deviceBusy);
    if (!this.#opened) throw failure('InvalidStateError', WORDS.openFirst);
    if (this.#configuration === null) throw failure('InvalidStateError', WORDS.configureFirst);
    if (setup.recipient === 'interface') {
      const item = this.#interface(setup.index & 0xff);
      if (!item.claimed) throw failure('InvalidStateError', WORDS.claimFirst);
    } else if (setup.recipient === 'endpoint') this.#endpointInterface((setup.index & 0x80) !== 0 ? 'in' : 'out', setup.index & 15);
    if (lengthBytes > 0xffff) throw failure('DataError', WORDS.tooLong);
    if (!controlAllowed(setup, isIn, this.#rules.ordinaryPage, this.#configuration.interfaces)) throw failure('SecurityError', WORDS.notAllowed);
    return requestTypeByte(setup, isIn);
  }

  #run(interfaceNumber: number | null, submit: (complete: (result: TransferResult) => void) => TransferHandle | null): Promise<TransferResult> {
    return new Promise((resolve, reject) => {
      let over = false;
      const transfer: { interfaceNumber: number | null; fail: (error: DOMException) => void; handle: TransferHandle | null } = {
        interfaceNumber,
        handle: null,
        fail: (error) => {
          over = true;
          this.#outstanding.delete(transfer);
          reject(error);
        },
      };
      this.#outstanding.add(transfer);
      transfer.handle = submit((result) => {
        if (over) return;
        over = true;
        this.#outstanding.delete(transfer);
        if (result.status === 'cancelled') reject(failure('AbortError', WORDS.cancelled));
        else if (result.status === 'disconnected' || result.status === 'failed') reject(failure('NetworkError', WORDS.transferError));
        else resolve(result);
      });
    });
  }

  #inResult({ status, data }: TransferResult): USBInTransferResult {
    return { status: status === 'completed' ? 'ok' : status === 'babble' ? 'babble' : 'stall', data: view(data) };
  }

  #outResult({ status, actualBytes }: TransferResult): USBOutTransferResult {
    return { status: status === 'completed' ? 'ok' : status === 'babble' ? 'babble' : 'stall', bytesWritten: actualBytes };
  }
}
