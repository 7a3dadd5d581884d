import { type Bytes, EMPTY } from '../codec/bytes.ts';

/** Bulk-OUT message types (CCID 1.1, 6.1). */
export const PC_to_RDR = {
  SetParameters: 0x61,
  IccPowerOn: 0x62,
  IccPowerOff: 0x63,
  GetSlotStatus: 0x65,
  Secure: 0x69,
  T0APDU: 0x6a,
  Escape: 0x6b,
  GetParameters: 0x6c,
  ResetParameters: 0x6d,
  IccClock: 0x6e,
  XfrBlock: 0x6f,
  Mechanical: 0x71,
  Abort: 0x72,
  SetDataRateAndClockFrequency: 0x73,
} as const;
export type CommandName = keyof typeof PC_to_RDR;

/** Bulk-IN message types (CCID 1.1, 6.2). */
export const RDR_to_PC = { DataBlock: 0x80, SlotStatus: 0x81, Parameters: 0x82, Escape: 0x83, DataRateAndClockFrequency: 0x84 } as const;
export type ResponseName = keyof typeof RDR_to_PC;

/** Which answer a command has. */
export const ANSWER_OF: Readonly<Record<CommandName, ResponseName>> = {
  SetParameters: 'Parameters',
  IccPowerOn: 'DataBlock',
  IccPowerOff: 'SlotStatus',
  GetSlotStatus: 'SlotStatus',
  Secure: 'DataBlock',
  T0APDU: 'SlotStatus',
  Escape: 'Escape',
  GetParameters: 'Parameters',
  ResetParameters: 'Parameters',
  IccClock: 'SlotStatus',
  XfrBlock: 'DataBlock',
  Mechanical: 'SlotStatus',
  Abort: 'SlotStatus',
  SetDataRateAndClockFrequency: 'DataRateAndClockFrequency',
};

export const HEADER_BYTES = 10;

/** bmICCStatus (CCID 1.1, 6.2.6) */
export const ICC_ACTIVE = 0;
export const ICC_INACTIVE = 1;
export const ICC_ABSENT = 2;

/** bmCommandStatus (CCID 1.1, 6.2.6) */
export const COMMAND_OK = 0;
export const COMMAND_FAILED = 1;
export const TIME_EXTENSION = 2;

export interface CcidCommand {
  readonly name: CommandName;
  readonly bSlot: number;
  /** Bytes 7 to 9 of the header: what each message puts there. */
  readonly specific?: readonly [number, number, number];
  readonly abData?: Uint8Array;
}

export interface CcidHeader {
  readonly bMessageType: number;
  readonly dwLength: number;
  readonly bSlot: number;
  readonly bSeq: number;
  readonly bStatus: number;
  readonly bmICCStatus: number;
  readonly bmCommandStatus: number;
  readonly bError: number;
  /** Byte 9: bChainParameter, bClockStatus or bProtocolNum. */
  readonly bSpecific: number;
}

export interface CcidResponse extends CcidHeader {
  readonly abData: Bytes;
}

/** One bulk-OUT message as a new byte string. */
export function encodeMessage(command: CcidCommand, bSeq: number): Bytes {
  const data = command.abData ?? EMPTY;
  const out = new Uint8Array(HEADER_BYTES + data.length);
  out[0] = PC_to_RDR[command.name];
  new DataView(out.buffer).setUint32(1, data.length, true);
  out[5] = command.bSlot;
  out[6] = bSeq;
  out.set(command.specific ?? [0, 0, 0], 7);
  out.set(data, HEADER_BYTES);
  return out;
}

/** The header of a bulk-IN message; `source` holds at least 10 bytes. */
export function parseHeader(source: Uint8Array): CcidHeader {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  const bStatus = view.getUint8(7);
  return {
    bMessageType: view.getUint8(0),
    dwLength: view.getUint32(1, true),
    bSlot: view.getUint8(5),
    bSeq: view.getUint8(6),
    bStatus,
    bmICCStatus: bStatus & 3,
    bmCommandStatus: bStatus >>> 6,
    bError: view.getUint8(8),
    bSpecific: view.getUint8(9),
  };
}

export type Notification =
  | { readonly kind: 'slot-change'; readonly slots: readonly { readonly bSlot: number; readonly present: boolean; readonly changed: boolean }[] }
  | { readonly kind: 'hardware-error'; readonly bSlot: number; readonly bSeq: number; readonly bHardwareErrorCode: number };

/** RDR_to_PC_NotifySlotChange and RDR_to_PC_HardwareError (CCID 1.1, 6.3); undefined for anything else, empty and stale ones included. */
export function parseNotification(source: Uint8Array, slotCount: number): Notification | undefined {
  if (source[0] === 0x51 && source.length >= 4) {
    return { kind: 'hardware-error', bSlot: source[1] ?? 0, bSeq: source[2] ?? 0, bHardwareErrorCode: source[3] ?? 0 };
  }
  if (source[0] !== 0x50 || source.length < 2) return undefined;
  const slots = [];
  for (let bSlot = 0; bSlot < slotCount && 1 + (bSlot >> 2) < source.length; bSlot++) {
    const bits = (source[1 + (bSlot >> 2)] ?? 0) >> (2 * (bSlot & 3));
    slots.push({ bSlot, present: (bits & 1) !== 0, changed: (bits & 2) !== 0 });
  }
  return { kind: 'slot-change', slots };
}
