import { CcidError, type CcidReason } from './errors.ts';
import { type CcidHeader, type CommandName, ICC_ABSENT } from './messages.ts';

export const CMD_ABORTED = 0xff;
export const ICC_MUTE = 0xfe;
export const XFR_PARITY_ERROR = 0xfd;
export const BUSY_WITH_AUTO_SEQUENCE = 0xf2;
export const CMD_SLOT_BUSY = 0xe0;
export const PIN_TIMEOUT = 0xf0;
export const PIN_CANCELLED = 0xef;

/** True when the reader is only busy: the same command may be sent again later. */
export function isBusy(header: CcidHeader): boolean {
  return header.bError === CMD_SLOT_BUSY || header.bError === BUSY_WITH_AUTO_SEQUENCE;
}

/** The typed error for an answer with bmCommandStatus = 1. */
export function slotError(name: CommandName, header: CcidHeader): CcidError {
  const { bError, bStatus } = header;
  const busy = isBusy(header);
  const reason: CcidReason =
    header.bmICCStatus === ICC_ABSENT ? 'no-card' : bError === ICC_MUTE ? 'mute' : busy ? 'busy' : bError === 0 ? 'not-supported' : 'command-failed';
  return new CcidError(reason, `PC_to_RDR_${name}: bError ${bError.toString(16).toUpperCase().padStart(2, '0')}`, {
    message: `PC_to_RDR_${name}`,
    bStatus,
    bError,
    reachedCard: !busy && bError >= 0x80,
  });
}
