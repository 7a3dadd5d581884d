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
export function answerOf(name: CommandName): ResponseName {
  if (name === 'XfrBlock' || name === 'IccPowerOn' || name === 'Secure') return 'DataBlock';
  if (name.endsWith('Parameters')) return 'Parameters';
  return name === 'Escape' ? name : name === 'SetDataRateAndClockFrequency' ? 'DataRateAndClockFrequency' : 'SlotStatus';
}

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
