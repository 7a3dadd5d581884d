/** Slot error register when bmCommandStatus = 1 (CCID 1.1, table 6.2-2), and vendors' codes that were seen. */
const NAMES: Readonly<Record<number, string>> = {
  0xff: 'CMD_ABORTED',
  0xfe: 'ICC_MUTE',
  0xfd: 'XFR_PARITY_ERROR',
  0xfc: 'XFR_OVERRUN',
  0xfb: 'HW_ERROR',
  0xf8: 'BAD_ATR_TS',
  0xf7: 'BAD_ATR_TCK',
  0xf6: 'ICC_PROTOCOL_NOT_SUPPORTED',
  0xf5: 'ICC_CLASS_NOT_SUPPORTED',
  0xf4: 'PROCEDURE_BYTE_CONFLICT',
  0xf3: 'DEACTIVATED_PROTOCOL',
  0xf2: 'BUSY_WITH_AUTO_SEQUENCE',
  0xf0: 'PIN_TIMEOUT',
  0xef: 'PIN_CANCELLED',
  0xe0: 'CMD_SLOT_BUSY',
  0xa2: 'vendor: card short-circuit',
  0xa3: 'vendor: ATR too long',
  0xab: 'vendor: no data exchanged',
  0xb0: 'vendor: T=1 message too long in EMV mode',
  0xbb: 'vendor: EMV protocol error',
  0xbd: 'vendor: card error in T=1 exchange',
  0xbe: 'vendor: wrong APDU length',
  0x00: 'command not supported',
};

/** The standard's name of a bError value. */
export function slotErrorName(bError: number): string {
  return NAMES[bError] ?? (bError < 0x80 ? `bad message byte ${bError}` : bError <= 0xc0 && bError > 0x80 ? 'vendor' : 'reserved');
}

const COMMAND_STATUS = ['done', 'failed', 'time extension', 'reserved'];
const ICC_STATUS = ['card active', 'card inactive', 'no card', 'reserved'];

/** Slot status register: bmCommandStatus and bmICCStatus in words (CCID 1.1, 6.2.6). */
export function slotStatusName(bStatus: number): string {
  return `${COMMAND_STATUS[(bStatus >>> 6) & 3] ?? ''}, ${ICC_STATUS[bStatus & 3] ?? ''}`;
}

/** bStatus and bError of one answer, as hexadecimal and in words; bError counts waiting times in a time extension. */
export function slotRegisters(bStatus: number, bError: number): string {
  const octet = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');
  const word = bStatus >>> 6 === 2 ? `${bError} waiting times` : slotErrorName(bError);
  return `bStatus ${octet(bStatus)} (${slotStatusName(bStatus)}), bError ${octet(bError)} (${word})`;
}
