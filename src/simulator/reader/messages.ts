import { Builder, type Bytes, Cursor, EMPTY } from '../../codec/index.ts';

/** Bytes before abData in every CCID message (CCID 1.1, 6). */
export const HEADER_BYTES = 10;

/** bMessageType of bulk OUT messages (CCID 1.1, 6.1). */
export const PC_TO_RDR = {
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

/** bMessageType of bulk IN messages (CCID 1.1, 6.2) and of notifications (6.3). */
export const RDR_TO_PC = {
  DataBlock: 0x80,
  SlotStatus: 0x81,
  Parameters: 0x82,
  Escape: 0x83,
  DataRateAndClockFrequency: 0x84,
  NotifySlotChange: 0x50,
} as const;

/** bError values (CCID 1.1, table 6.2-2). Values 1 to 127 name the offset of the byte that is wrong. */
export const SLOT_ERROR = {
  CMD_ABORTED: 0xff,
  ICC_MUTE: 0xfe,
  XFR_PARITY_ERROR: 0xfd,
  XFR_OVERRUN: 0xfc,
  HW_ERROR: 0xfb,
  ICC_PROTOCOL_NOT_SUPPORTED: 0xf6,
  ICC_CLASS_NOT_SUPPORTED: 0xf5,
  PROCEDURE_BYTE_CONFLICT: 0xf4,
  DEACTIVATED_PROTOCOL: 0xf3,
  BUSY_WITH_AUTO_SEQUENCE: 0xf2,
  PIN_TIMEOUT: 0xf0,
  PIN_CANCELLED: 0xef,
  CMD_SLOT_BUSY: 0xe0,
  CMD_NOT_SUPPORTED: 0x00,
  BAD_LENGTH: 0x01,
  BAD_SLOT: 0x05,
  BAD_BYTE_7: 0x07,
  BAD_LEVEL_PARAMETER: 0x08,
} as const;

/** Offset of abData[index] in a message, as bError reports it. */
export const badDataByte = (index: number): number => HEADER_BYTES + index;

/** A message from the host. */
export interface HostMessage {
  readonly bMessageType: number;
  readonly dwLength: number;
  readonly bSlot: number;
  readonly bSeq: number;
  readonly byte7: number;
  readonly byte8: number;
  readonly byte9: number;
  readonly abData: Bytes;
}

export function readHostMessage(source: Bytes): HostMessage {
  const at = new Cursor(source);
  return {
    bMessageType: at.u8(),
    dwLength: at.u32le(),
    bSlot: at.u8(),
    bSeq: at.u8(),
    byte7: at.u8(),
    byte8: at.u8(),
    byte9: at.u8(),
    abData: at.rest(),
  };
}

/** bmICCStatus (CCID 1.1, table 6.2-3). */
export type IccStatus = 0 | 1 | 2;

/** A message to the host. */
export interface ReaderMessage {
  readonly bMessageType: number;
  readonly bSlot: number;
  readonly bSeq: number;
  readonly bmICCStatus: IccStatus;
  /** 0 processed, 1 failed, 2 time extension. */
  readonly bmCommandStatus: 0 | 1 | 2;
  readonly bError: number;
  readonly byte9: number;
  readonly abData: Bytes;
}

export function encodeReaderMessage(m: ReaderMessage): Bytes {
  return new Builder()
    .u8(m.bMessageType)
    .u32le(m.abData.length)
    .u8(m.bSlot)
    .u8(m.bSeq)
    .u8(m.bmICCStatus | (m.bmCommandStatus << 6))
    .u8(m.bError)
    .u8(m.byte9)
    .put(m.abData)
    .finish();
}

/** What a command leads to, before slot, sequence number and card status are added. */
export interface Answer {
  readonly bMessageType: number;
  readonly abData?: Bytes;
  readonly byte9?: number;
  /** Present when the command failed. */
  readonly bError?: number;
}

export const failed = (bMessageType: number, bError: number): Answer => ({ bMessageType, bError, abData: EMPTY });

/** The kind of answer that each command has, also when it fails; SlotStatus for commands nobody knows. */
export function answerType(bMessageType: number): number {
  switch (bMessageType) {
    case PC_TO_RDR.IccPowerOn:
    case PC_TO_RDR.XfrBlock:
    case PC_TO_RDR.Secure:
      return RDR_TO_PC.DataBlock;
    case PC_TO_RDR.SetParameters:
    case PC_TO_RDR.GetParameters:
    case PC_TO_RDR.ResetParameters:
      return RDR_TO_PC.Parameters;
    case PC_TO_RDR.Escape:
      return RDR_TO_PC.Escape;
    case PC_TO_RDR.SetDataRateAndClockFrequency:
      return RDR_TO_PC.DataRateAndClockFrequency;
    default:
      return RDR_TO_PC.SlotStatus;
  }
}
