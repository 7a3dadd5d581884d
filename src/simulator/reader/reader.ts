import { type Bytes, type Clock, EMPTY, concat, systemClock } from '../../codec/index.ts';
import type { SimulatedCard } from '../smart-card.ts';
import { type SetupPacket, UsbDevice, type UsbFunction } from '../usb/index.ts';
import { type CcidDescriptor, ccidDescriptor } from './descriptor.ts';
import { type Fault, FaultPlan, carriedOut } from './faults.ts';
import { type JournalCommand, ReaderJournal } from './journal.ts';
import {
  type Answer,
  type HostMessage,
  type ReaderMessage,
  HEADER_BYTES,
  PC_TO_RDR,
  RDR_TO_PC,
  SLOT_ERROR,
  answerType,
  encodeReaderMessage,
  failed,
  readHostMessage,
} from './messages.ts';
import { damage } from './damage.ts';
import { type ReaderEndpoints, type SimulatedReaderOptions, READER_ENDPOINTS, readerDevice, readerInterface } from './options.ts';
import { SlotMachine } from './slot-machine.ts';
import { surroundingsOf } from './surroundings.ts';

/** A simulated CCID reader: a USB device and the hands of the person in front of it. */
export interface SimulatedReader {
  readonly device: UsbDevice;
  readonly ccid: CcidDescriptor;
  /** bInterfaceNumber of the CCID interface. */
  readonly interfaceNumber: number;
  readonly journal: ReaderJournal;
  insert(card: SimulatedCard, slot?: number): void;
  remove(slot?: number): void;
  cardIn(slot?: number): SimulatedCard | null;
  /** Plants a fault. Several may wait; the first planted strikes first. */
  fault(fault: Fault): void;
  clearFaults(): void;
  /** Sends NotifySlotChange with what is true now, as some readers do after they are opened. */
  notify(): void;
}

const ordinaryLength = 16 * 1024 * 1024;

interface Running {
  readonly cut: (answer: Answer | null) => void;
}

/** Where a reader stands in a device that has others. */
export interface ReaderPlace {
  readonly interfaceNumber: number;
  readonly endpoints: ReaderEndpoints;
  /** The device, which is made of all its interfaces. */
  readonly device: () => UsbDevice;
}

/** A reader as one of the interfaces of a device. */
export class ReaderInterface implements SimulatedReader {
  readonly ccid: CcidDescriptor;
  readonly interfaceNumber: number;
  readonly endpoints: ReaderEndpoints;
  /** What the device does for this interface. */
  readonly behaviour: UsbFunction;
  readonly #device: () => UsbDevice;
  readonly journal: ReaderJournal = new ReaderJournal();
  readonly #options: SimulatedReaderOptions;
  readonly #clock: Clock;
  readonly #slots: SlotMachine[];
  readonly #faults = new FaultPlan();
  readonly #running = new Map<number, Running>();
  readonly #aborting = new Map<number, { bulk: HostMessage | null; control: number | null }>();
  /** Slots whose card changed since the host last fetched a notification. */
  readonly #changed = new Set<number>();
  readonly #deafUntilMs: number;
  #firstStatusMs: number;
  #received: Bytes = EMPTY;
  #epoch = 0;

  constructor(options: SimulatedReaderOptions, place: ReaderPlace) {
    const level = options.level ?? 'extended-apdu';
    const slots = options.slots ?? 1;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.ccid = ccidDescriptor(level, slots, options.ccid);
    this.interfaceNumber = place.interfaceNumber;
    this.endpoints = place.endpoints;
    this.#device = place.device;
    this.#slots = Array.from({ length: slots }, (_, slot) => new SlotMachine(surroundingsOf(slot, options, this.ccid, this.journal, this.#clock)));
    this.#deafUntilMs = this.#clock.nowMs() + (options.defects?.deafMs ?? 0);
    this.#firstStatusMs = options.defects?.firstStatusMs ?? 0;
    options.cards?.forEach((card, slot) => {
      if (card !== null) this.#slots[slot]?.insert(card);
    });
    this.behaviour = {
      onOut: (_address, data) => this.#arrived(data),
      onControlIn: (setup) => this.#controlIn(setup),
      onControlOut: (setup) => this.#controlOut(setup),
      onReset: () => this.#reset(),
    };
  }

  get device(): UsbDevice {
    return this.#device();
  }

  /** True while a command is carried out. */
  get busy(): boolean {
    return this.#running.size > 0;
  }

  insert(card: SimulatedCard, slot = 0): void {
    this.#slots[slot]?.insert(card);
    this.#cardChanged(slot);
  }

  remove(slot = 0): void {
    const machine = this.#slots[slot];
    if (machine === undefined || machine.card === null) return;
    machine.remove();
    this.#running.get(slot)?.cut({ bMessageType: RDR_TO_PC.DataBlock, bError: SLOT_ERROR.ICC_MUTE });
    this.#cardChanged(slot);
  }

  cardIn(slot = 0): SimulatedCard | null {
    return this.#slots[slot]?.card ?? null;
  }

  fault(fault: Fault): void {
    this.#faults.plant(fault);
  }

  clearFaults(): void {
    this.#faults.clear();
  }

  notify(): void {
    this.#forgetFetched();
    this.#tellChanges();
  }

  #forgetFetched(): void {
    if (this.device.waitingPackets(this.endpoints.interruptIn) === 0) this.#changed.clear();
  }

  #tellChanges(): void {
    if (this.#options.notifies === false || !this.device.plugged) return;
    // One notification waits at most: what the host has not fetched is told together with the new state.
    this.device.flush(this.endpoints.interruptIn);
    const bits = new Uint8Array(Math.ceil(this.#slots.length / 4));
    this.#slots.forEach((slot, index) => {
      const pair = (slot.card === null ? 0 : 1) | (this.#changed.has(index) ? 2 : 0);
      bits[index >> 2] = (bits[index >> 2] ?? 0) | (pair << (2 * (index & 3)));
    });
    this.device.send(this.endpoints.interruptIn, concat(Uint8Array.of(RDR_TO_PC.NotifySlotChange), bits));
  }

  #cardChanged(slot: number): void {
    this.#forgetFetched();
    this.#changed.add(slot);
    this.#tellChanges();
  }

  #announce(): void {
    this.#changed.clear();
    this.#slots.forEach((slot, index) => {
      if (slot.card !== null) this.#changed.add(index);
    });
    if (this.#changed.size > 0) this.#tellChanges();
  }

  #reset(): void {
    this.#epoch++;
    this.#received = EMPTY;
    this.#aborting.clear();
    for (const running of this.#running.values()) running.cut(null);
    this.#running.clear();
    for (const slot of this.#slots) slot.powerOff();
    this.#faults.hostReset();
    this.#announce();
  }

  #controlIn({ bmRequestType, bRequest, wValue, wIndex }: SetupPacket): Bytes | null {
    this.journal.controlRequests.push({ bmRequestType, bRequest, wValue, wIndex });
    const table =
      bmRequestType !== 0xa1 ? undefined : bRequest === 2 ? this.#options.clockFrequencies : bRequest === 3 ? this.#options.dataRates : undefined;
    if (table === undefined) return null;
    const answer = new DataView(new ArrayBuffer(4 * table.length));
    table.forEach((value, index) => answer.setUint32(4 * index, value, true));
    return new Uint8Array(answer.buffer).slice(0, this.#options.defects?.tableBytes);
  }

  #controlOut({ bmRequestType, bRequest, wValue, wIndex }: SetupPacket): boolean {
    this.journal.controlRequests.push({ bmRequestType, bRequest, wValue, wIndex });
    if (bmRequestType !== 0x21 || bRequest !== 1) return false;
    const slot = wValue & 0xff;
    if (slot >= this.#slots.length) return false;
    this.#abort(slot, null, wValue >> 8);
    return true;
  }

  /** Both halves of an abort, in any order (CCID 1.1, 5.3.1): until both are here everything for the slot fails. */
  #abort(slot: number, bulk: HostMessage | null, control: number | null): void {
    const waiting = this.#aborting.get(slot) ?? { bulk: null, control: null };
    const both = { bulk: bulk ?? waiting.bulk, control: control ?? waiting.control };
    if (both.bulk === null || both.control === null || both.bulk.bSeq !== both.control) {
      this.#aborting.set(slot, both);
      return;
    }
    this.#aborting.delete(slot);
    this.#running.get(slot)?.cut(null);
    this.#running.delete(slot);
    this.#send(both.bulk, { bMessageType: RDR_TO_PC.SlotStatus });
  }

  /** Puts transfers together to messages: dwLength is the authority, not the transfer. */
  #arrived(data: Bytes): boolean {
    if (this.#clock.nowMs() < this.#deafUntilMs) return true;
    const stream = this.#received.length === 0 ? data : concat(this.#received, data);
    let at = 0;
    const messages: HostMessage[] = [];
    while (stream.length - at >= HEADER_BYTES) {
      const dwLength = new DataView(stream.buffer, at).getUint32(1, true);
      // A length no message can have: nothing that follows can be told apart, as after line noise.
      if (dwLength > ordinaryLength) {
        at = stream.length;
        break;
      }
      if (stream.length - at < HEADER_BYTES + dwLength) break;
      messages.push(readHostMessage(stream.slice(at, at + HEADER_BYTES + dwLength)));
      at += HEADER_BYTES + dwLength;
    }
    this.#received = stream.slice(at);
    for (const message of messages) {
      const { bMessageType, bSlot, bSeq, dwLength, byte7 } = message;
      if (bMessageType === PC_TO_RDR.IccPowerOn || bMessageType === PC_TO_RDR.IccPowerOff) this.#faults.hostReset();
      const fault = bMessageType === PC_TO_RDR.Abort ? null : this.#faults.arrived(bMessageType);
      const entry = this.journal.command({ bMessageType, bSlot, bSeq, dwLength, byte7, fault: fault?.kind ?? null });
      if (fault?.kind === 'stall-out') {
        this.device.halt(this.endpoints.bulkOut);
        return false;
      }
      const epoch = this.#epoch;
      queueMicrotask(() => {
        if (epoch === this.#epoch) void this.#handle(message, entry, fault);
      });
    }
    return true;
  }

  async #handle(message: HostMessage, entry: JournalCommand, fault: Fault | null): Promise<void> {
    const { bMessageType, bSlot } = message;
    const slot = this.#slots[bSlot];
    const type = answerType(bMessageType);
    const refuse = (bError: number): void => this.#answer(message, entry, fault, failed(type, bError));
    if (slot === undefined) return refuse(SLOT_ERROR.BAD_SLOT);
    if (bMessageType === PC_TO_RDR.Abort) return this.#abort(bSlot, message, null);
    if (this.#aborting.has(bSlot)) return refuse(SLOT_ERROR.CMD_ABORTED);
    if (this.#running.has(bSlot) || this.#running.size >= Math.max(1, this.ccid.bMaxCCIDBusySlots)) return refuse(SLOT_ERROR.CMD_SLOT_BUSY);
    const messageBytes = this.#options.defects?.takesMessageBytes ?? this.ccid.dwMaxCCIDMessageLength;
    if (message.abData.length > messageBytes - HEADER_BYTES) return refuse(SLOT_ERROR.BAD_LENGTH);
    const epoch = this.#epoch;
    if (bMessageType === PC_TO_RDR.GetSlotStatus && this.#firstStatusMs > 0) {
      const ms = this.#firstStatusMs;
      this.#firstStatusMs = 0;
      await this.#clock.sleep(ms);
      if (epoch !== this.#epoch) return;
    }
    let answer: Answer | null = null;
    if (fault === null || carriedOut(fault)) answer = await this.#carryOut(slot, message, entry, false);
    if (epoch !== this.#epoch) return;
    if (fault !== null) return this.#strike(slot, message, entry, fault, answer);
    if (answer !== null) this.#answer(message, entry, null, answer);
  }

  /** Runs a command while time extensions go out; null when it was cut off by an abort or a reset. */
  async #carryOut(slot: SlotMachine, message: HostMessage, entry: JournalCommand, endless: boolean): Promise<Answer | null> {
    const over = new AbortController();
    const cutOff = new Promise<Answer | null>((resolve) => this.#running.set(message.bSlot, { cut: resolve }));
    const mine = this.#running.get(message.bSlot);
    void this.#keepWaiting(message, entry, over.signal);
    const work: Promise<Answer> = endless ? new Promise(() => {}) : slot.run(message, entry);
    try {
      return await Promise.race([work, cutOff]);
    } finally {
      over.abort();
      if (this.#running.get(message.bSlot) === mine) this.#running.delete(message.bSlot);
    }
  }

  /** Time extension requests, one each period (CCID 1.1, 6.2.6). */
  async #keepWaiting(message: HostMessage, entry: JournalCommand, signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await this.#clock.sleep(this.#options.timeExtensionMs ?? 1500, signal);
        if (signal.aborted) return;
        entry.timeExtensions++;
        this.#send(message, { bMessageType: answerType(message.bMessageType), bError: this.#options.timeExtensionMultiplier ?? 1 }, 2);
      }
    } catch {
      return; // the command is over
    }
  }

  async #strike(slot: SlotMachine, message: HostMessage, entry: JournalCommand, fault: Fault, answer: Answer | null): Promise<void> {
    const fail = (bError: number): void => this.#answer(message, entry, fault, failed(answerType(message.bMessageType), bError));
    switch (fault.kind) {
      case 'silence':
        return;
      case 'stall-in':
        this.device.halt(this.endpoints.bulkIn);
        return;
      case 'parity':
        return fail(SLOT_ERROR.XFR_PARITY_ERROR);
      case 'mute':
        return fail(SLOT_ERROR.ICC_MUTE);
      case 'hardware-error':
        return fail(SLOT_ERROR.HW_ERROR);
      case 'busy':
        return fail(SLOT_ERROR.BUSY_WITH_AUTO_SEQUENCE);
      case 'slot-busy':
        return fail(SLOT_ERROR.CMD_SLOT_BUSY);
      case 'removal':
        this.remove(message.bSlot);
        return fail(SLOT_ERROR.ICC_MUTE);
      case 'unplug':
        this.device.unplug();
        return;
      case 'time-extension': {
        const cut = await this.#carryOut(slot, message, entry, true);
        if (cut !== null) this.#answer(message, entry, null, cut);
        return;
      }
      default:
        if (answer !== null) this.#answer(message, entry, fault, answer);
    }
  }

  #answer(message: HostMessage, entry: JournalCommand, fault: Fault | null, answer: Answer): void {
    entry.bError = answer.bError ?? null;
    const whole = this.#encode(message, answer, answer.bError === undefined ? 0 : 1);
    const packets = fault === null ? null : damage(fault.kind, whole, this.#options.packetBytes ?? 64);
    if (packets === null) {
      entry.answered = true;
      this.device.send(this.endpoints.bulkIn, whole, this.#options.zeroLengthPacket ?? true);
      return;
    }
    entry.answered = packets.intact;
    for (const part of packets.parts) {
      if (part.asOnePacket) this.device.sendPacket(this.endpoints.bulkIn, part.data);
      else this.device.send(this.endpoints.bulkIn, part.data, this.#options.zeroLengthPacket ?? true);
    }
  }

  #encode(message: HostMessage, answer: Answer, bmCommandStatus: ReaderMessage['bmCommandStatus']): Bytes {
    const blind = this.#options.defects?.noPresence === true && message.bMessageType === PC_TO_RDR.GetSlotStatus;
    return encodeReaderMessage({
      bMessageType: answer.bMessageType,
      bSlot: message.bSlot,
      bSeq: message.bSeq,
      bmICCStatus: blind ? 2 : (this.#slots[message.bSlot]?.bmICCStatus ?? 2),
      bmCommandStatus,
      bError: answer.bError ?? 0,
      byte9: answer.byte9 ?? 0,
      abData: answer.abData ?? EMPTY,
    });
  }

  #send(message: HostMessage, answer: Answer, bmCommandStatus: ReaderMessage['bmCommandStatus'] = 0): void {
    this.device.send(this.endpoints.bulkIn, this.#encode(message, answer, bmCommandStatus), this.#options.zeroLengthPacket ?? true);
  }
}

/** A simulated CCID reader, not plugged in yet. */
export function createSimulatedReader(options: SimulatedReaderOptions = {}): SimulatedReader {
  const interfaceNumber = options.interfacesBefore?.length ?? 0;
  const reader: ReaderInterface = new ReaderInterface(options, { interfaceNumber, endpoints: READER_ENDPOINTS, device: () => device });
  const device = new UsbDevice(readerDevice(options, [readerInterface(options, reader.ccid, READER_ENDPOINTS)]), reader.behaviour);
  return reader;
}
