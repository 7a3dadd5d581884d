import { type Bytes, fromHex } from '../../../src/codec/index.ts';
import type { InterfaceDescriptor, UsbHost } from '../../../src/usb/index.ts';
import { parseConfiguration } from '../../../src/usb/index.ts';

/** One CCID-like interface 0 with endpoints 01, 82 and 83. */
export const DESCRIPTOR: Bytes = fromHex(
  '09 02 27 00 01 01 00 80 32  09 04 00 00 03 0b 00 00 00  07 05 01 02 40 00 00  07 05 82 02 40 00 00  07 05 83 03 08 00 10',
);

export function setting(): InterfaceDescriptor {
  const [first] = parseConfiguration(DESCRIPTOR).interfaces;
  if (first === undefined) throw new Error('no interface');
  return first;
}

/** What a browser throws: told apart by name. */
export function failure(name: string): Error {
  return Object.assign(new Error(name), { name });
}

export interface PendingIn {
  readonly endpoint: number;
  readonly length: number;
  readonly resolve: (result: USBInTransferResult) => void;
  readonly reject: (error: Error) => void;
}

/** A USBDevice whose transfers the test answers by hand; it notes the calls and whether two state changes met. */
export class FakeDevice {
  readonly vendorId = 0x1209;
  readonly productId = 1;
  opened = false;
  configuration: {
    configurationValue: number;
    interfaces: { interfaceNumber: number; alternate: { alternateSetting: number }; alternates: unknown[] }[];
  } | null = null;
  readonly configurations: NonNullable<FakeDevice['configuration']>[] = [
    { configurationValue: 1, interfaces: [{ interfaceNumber: 0, alternate: { alternateSetting: 0 }, alternates: [{ interfaceClass: 0x0b }] }] },
  ];
  readonly calls: string[] = [];
  /** The answer to GET_DESCRIPTOR, and how much of it was asked for each time. */
  descriptor: Bytes = DESCRIPTOR;
  readonly descriptorBytes: number[] = [];
  readonly pending: PendingIn[] = [];
  /** Errors to throw, by call. */
  readonly refuses: Record<string, Error> = {};
  #changing = false;

  get asUsb(): USBDevice {
    return this as unknown as USBDevice;
  }

  async #change(name: string, effect: () => void): Promise<void> {
    this.calls.push(name);
    if (this.#changing) throw failure('InvalidStateError');
    this.#changing = true;
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.#changing = false;
    const refusal = this.refuses[name];
    if (refusal !== undefined) throw refusal;
    effect();
  }

  open(): Promise<void> {
    return this.#change('open', () => (this.opened = true));
  }
  close(): Promise<void> {
    return this.#change('close', () => (this.opened = false));
  }
  selectConfiguration(): Promise<void> {
    return this.#change('selectConfiguration', () => (this.configuration = this.configurations[0] ?? null));
  }
  claimInterface(): Promise<void> {
    return this.#change('claimInterface', () => undefined);
  }
  selectAlternateInterface(interfaceNumber: number, alternateSetting: number): Promise<void> {
    return this.#change(`selectAlternateInterface ${interfaceNumber} ${alternateSetting}`, () => undefined);
  }
  releaseInterface(): Promise<void> {
    return this.#change('releaseInterface', () => undefined);
  }
  reset(): Promise<void> {
    return this.#change('reset', () => undefined);
  }
  async clearHalt(direction: string, endpoint: number): Promise<void> {
    this.calls.push(`clearHalt ${direction} ${endpoint}`);
  }
  async controlTransferIn(_setup: unknown, length: number): Promise<USBInTransferResult> {
    this.descriptorBytes.push(length);
    return { status: 'ok', data: new DataView(this.descriptor.buffer, 0, Math.min(length, this.descriptor.length)) };
  }
  async controlTransferOut(): Promise<USBOutTransferResult> {
    return { status: 'stall', bytesWritten: 0 };
  }
  async transferOut(_endpoint: number, data: Bytes): Promise<USBOutTransferResult> {
    const refusal = this.refuses['transferOut'];
    if (refusal !== undefined) throw refusal;
    return { status: 'ok', bytesWritten: data.length === 13 ? 12 : data.length };
  }
  transferIn(endpoint: number, length: number): Promise<USBInTransferResult> {
    return new Promise((resolve, reject) => this.pending.push({ endpoint, length, resolve, reject }));
  }

  /** Answers the oldest pending read. */
  arrives(...octets: number[]): void {
    this.pending.shift()?.resolve({ status: 'ok', data: new DataView(Uint8Array.from(octets).buffer) });
  }
}

export class FakeHost implements UsbHost {
  readonly listeners: Map<string, Set<(event: USBConnectionEvent) => void>> = new Map();
  device: FakeDevice;
  chooser: () => Promise<USBDevice> = () => Promise.reject(failure('NotFoundError'));

  constructor(device: FakeDevice) {
    this.device = device;
  }
  async getDevices(): Promise<USBDevice[]> {
    return [this.device.asUsb];
  }
  requestDevice(): Promise<USBDevice> {
    return this.chooser();
  }
  addEventListener(type: string, listener: (event: USBConnectionEvent) => void): void {
    this.listeners.set(type, (this.listeners.get(type) ?? new Set()).add(listener));
  }
  removeEventListener(type: string, listener: (event: USBConnectionEvent) => void): void {
    this.listeners.get(type)?.delete(listener);
  }
  tell(type: string): void {
    for (const listener of this.listeners.get(type) ?? []) listener({ device: this.device.asUsb } as USBConnectionEvent);
  }
}
