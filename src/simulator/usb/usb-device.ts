import { type Bytes, EMPTY, copy } from '../../codec/index.ts';
import { type TransferHandle, type TransferResult, InPipe, ended } from './in-pipe.ts';
import { halts, type TransferFaultKind, TransferFaults } from './transfer-faults.ts';
import { type UsbDeviceOptions, DESCRIPTOR, configurationDescriptor, deviceDescriptor, stringDescriptor } from './descriptors.ts';

/** The eight bytes of a control request, read (USB 2.0, 9.3). */
export interface SetupPacket {
  readonly bmRequestType: number;
  readonly bRequest: number;
  readonly wValue: number;
  readonly wIndex: number;
}

/** What a kind of device does: class requests and data. Standard requests are met by {@link UsbDevice}. */
export interface UsbFunction {
  /** Data arrived on an OUT endpoint, one transfer's worth; false stalls it. What the device sends in answer comes in a later task. */
  onOut(address: number, data: Bytes): boolean;
  /** A class or vendor request with data to the host; null stalls. */
  onControlIn(setup: SetupPacket, lengthBytes: number): Bytes | null;
  /** A class or vendor request with data from the host, or none; false stalls. */
  onControlOut(setup: SetupPacket, data: Bytes): boolean;
  /** Plugged in or reset by the host: everything volatile is gone, and the device starts anew. */
  onReset(): void;
}

/** Who holds an interface: any object, compared by identity. */
export type InterfaceHolder = object;

/** A program of the system that is not this page, such as a kernel driver or pcscd. */
export const OTHER_PROGRAM: InterfaceHolder = { name: 'another program' };

/** A simulated USB device: descriptors, a control pipe, and packets on endpoints. Host surfaces put transfers to it. */
export class UsbDevice {
  readonly options: UsbDeviceOptions;
  readonly deviceDescriptor: Bytes;
  readonly configurationDescriptor: Bytes;
  readonly #function: UsbFunction;
  readonly #pipes = new Map<number, InPipe>();
  readonly #packetBytes = new Map<number, number>();
  readonly #haltedOut = new Set<number>();
  readonly #holders = new Map<number, InterfaceHolder>();
  readonly #plugListeners = new Set<(plugged: boolean) => void>();
  /** What goes wrong with its transfers. */
  readonly faults: TransferFaults = new TransferFaults();
  #plugged = false;

  constructor(options: UsbDeviceOptions, behaviour: UsbFunction) {
    this.options = options;
    this.#function = behaviour;
    this.deviceDescriptor = deviceDescriptor(options);
    this.configurationDescriptor = configurationDescriptor(options);
    for (const { endpoints } of options.interfaces) {
      for (const { address, packetBytes } of endpoints) {
        this.#packetBytes.set(address, packetBytes);
        if ((address & 0x80) !== 0) this.#pipes.set(address, new InPipe(packetBytes, () => this.#meets(address)));
      }
    }
  }

  get plugged(): boolean {
    return this.#plugged;
  }

  /** Puts the device on the bus. */
  plug(): void {
    if (this.#plugged) return;
    this.#plugged = true;
    this.#resetPipes('disconnected');
    this.#function.onReset();
    for (const listener of [...this.#plugListeners]) listener(true);
  }

  /** Takes the device off the bus: pending transfers end first, then the hosts hear of it. */
  unplug(): void {
    if (!this.#plugged) return;
    this.#plugged = false;
    this.#resetPipes('disconnected');
    this.#holders.clear();
    for (const listener of [...this.#plugListeners]) listener(false);
  }

  /** Calls back after the device came or went; answers the unsubscriber. */
  onPlugChange(listener: (plugged: boolean) => void): () => void {
    this.#plugListeners.add(listener);
    return () => this.#plugListeners.delete(listener);
  }

  /** Takes an interface for `holder`; false when somebody else has it. */
  claim(interfaceNumber: number, holder: InterfaceHolder): boolean {
    const now = this.#holders.get(interfaceNumber);
    if (now !== undefined && now !== holder) return false;
    this.#holders.set(interfaceNumber, holder);
    this.faults.claimed();
    return true;
  }

  release(interfaceNumber: number, holder: InterfaceHolder): void {
    if (this.#holders.get(interfaceNumber) === holder) this.#holders.delete(interfaceNumber);
  }

  /** The device sends a message on an IN endpoint. */
  send(address: number, message: Bytes, zeroLengthPacket = true): void {
    this.#pipes.get(address)?.push(message, zeroLengthPacket);
  }

  /** The device sends one packet of any size. */
  sendPacket(address: number, packet: Bytes): void {
    this.#pipes.get(address)?.pushPacket(packet);
  }

  /** Packets that the host has not fetched yet. */
  waitingPackets(address: number): number {
    return this.#pipes.get(address)?.waitingPackets ?? 0;
  }

  pendingTransfers(address: number): number {
    return this.#pipes.get(address)?.pendingTransfers ?? 0;
  }

  flush(address: number): void {
    this.#pipes.get(address)?.flush();
  }

  /** The device halts an endpoint until the host clears it. */
  halt(address: number): void {
    if ((address & 0x80) === 0) this.#haltedOut.add(address);
    else this.#pipes.get(address)?.halt();
  }

  /** The host resets the port. */
  reset(): void {
    this.#resetPipes('cancelled');
    this.#function.onReset();
  }

  /** A transfer on an IN endpoint, of at most `lengthBytes`. */
  submitIn(address: number, lengthBytes: number, complete: (result: TransferResult) => void): TransferHandle {
    const pipe = this.#pipes.get(address);
    if (!this.#plugged || pipe === undefined) {
      complete(ended(this.#plugged ? 'stall' : 'disconnected'));
      return { cancel: () => false };
    }
    return pipe.submit(lengthBytes, complete);
  }

  /** A transfer on an OUT endpoint. A device that answers does so in a later task, never before `complete`. */
  submitOut(address: number, data: Bytes, complete: (result: TransferResult) => void): void {
    if (!this.#plugged) return complete(ended('disconnected'));
    if (this.#haltedOut.has(address) || !this.#packetBytes.has(address)) return complete(ended('stall'));
    const owned = copy(data);
    const fault = this.faults.arrived(address);
    if (fault !== null) {
      if (fault.taken === true) this.#function.onOut(address, owned);
      if (halts(fault.kind)) this.#haltedOut.add(address);
      return this.#suffer(fault.kind, complete);
    }
    if (this.#function.onOut(address, owned)) complete({ status: 'completed', data: EMPTY, actualBytes: owned.length });
    else complete(ended(this.plugged ? 'stall' : 'disconnected'));
  }

  submitControl(setup: SetupPacket, data: Bytes, lengthBytes: number, complete: (result: TransferResult) => void): void {
    if (!this.#plugged) return complete(ended('disconnected'));
    const isIn = (setup.bmRequestType & 0x80) !== 0;
    const standard = (setup.bmRequestType & 0x60) === 0;
    const fault = this.faults.arrived(0, setup.bRequest);
    if (fault !== null) {
      if (fault.taken === true && !isIn && !standard) this.#function.onControlOut(setup, copy(data));
      return this.#suffer(fault.kind, complete);
    }
    if (isIn) {
      const answer = standard ? this.#standardIn(setup) : this.#function.onControlIn(setup, lengthBytes);
      if (answer === null) return complete(ended(this.plugged ? 'stall' : 'disconnected'));
      const cut = answer.slice(0, lengthBytes);
      return complete({ status: 'completed', data: cut, actualBytes: cut.length });
    }
    const done = standard ? this.#standardOut(setup) : this.#function.onControlOut(setup, copy(data));
    return complete(done ? { status: 'completed', data: EMPTY, actualBytes: data.length } : ended(this.plugged ? 'stall' : 'disconnected'));
  }

  /** CLEAR_FEATURE(ENDPOINT_HALT) (USB 2.0, 9.4.5). */
  clearHalt(address: number): void {
    this.#haltedOut.delete(address);
    this.#pipes.get(address)?.clearHalt();
  }

  #meets(address: number): TransferFaultKind | null {
    const kind = this.faults.arrived(address)?.kind ?? null;
    if (kind !== 'unplug') return kind;
    this.unplug();
    return null;
  }

  /** What comes of a transfer that the device sends nothing to. The control pipe never stays halted (USB 2.0, 8.5.3.4). */
  #suffer(kind: TransferFaultKind, complete: (result: TransferResult) => void): void {
    if (kind === 'unplug') {
      this.unplug();
      return complete(ended('disconnected'));
    }
    if (kind !== 'silence') complete(ended(halts(kind) ? 'stall' : 'failed'));
  }

  #resetPipes(status: 'cancelled' | 'disconnected'): void {
    this.#haltedOut.clear();
    for (const pipe of this.#pipes.values()) {
      pipe.end(status);
      pipe.flush();
      pipe.clearHalt();
    }
  }

  #standardIn({ bmRequestType, bRequest, wValue }: SetupPacket): Bytes | null {
    if (bRequest === 6 && bmRequestType === 0x80) {
      const index = wValue & 0xff;
      switch (wValue >> 8) {
        case DESCRIPTOR.DEVICE:
          return this.deviceDescriptor;
        case DESCRIPTOR.CONFIGURATION:
          return index === 0 ? this.configurationDescriptor : null;
        case DESCRIPTOR.STRING: {
          if (index === 0) return stringDescriptor(undefined);
          const text = [this.options.manufacturerName, this.options.productName, this.options.serialNumber][index - 1];
          return text === undefined || text === null ? null : stringDescriptor(text);
        }
        default:
          return null;
      }
    }
    if (bRequest === 0) return new Uint8Array(2); // GET_STATUS
    if (bRequest === 8) return Uint8Array.of(1); // GET_CONFIGURATION
    if (bRequest === 10) return Uint8Array.of(0); // GET_INTERFACE
    return null;
  }

  #standardOut({ bmRequestType, bRequest, wValue, wIndex }: SetupPacket): boolean {
    if (bRequest === 1 && bmRequestType === 0x02 && wValue === 0) this.clearHalt(wIndex & 0xff);
    return true; // SET_CONFIGURATION, SET_INTERFACE and the rest change nothing that is modelled
  }
}
