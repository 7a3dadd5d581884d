import type { Bytes } from '../codec/bytes.ts';
import type { CcidSlot, TransferOptions } from '../ccid/index.ts';
import { parseCommand } from '../iso7816/index.ts';
import { readerWaitingTimes, type WaitingTimes } from '../iso7816/timing.ts';
import {
  type ApduCarrier,
  EXTENDED_ANSWER_BYTES,
  EXTENDED_COMMAND_BYTES,
  readAtr,
  secureByReader,
  SHORT_ANSWER_BYTES,
  SHORT_COMMAND_BYTES,
} from './apdu-carrier.ts';

/** Short and extended APDU level: the reader does PPS, T=0 and T=1. */
export function apduLevelCarrier(slot: CcidSlot, atr: Bytes): ApduCarrier {
  const decoded = readAtr(atr);
  const times = decoded === undefined ? undefined : readerWaitingTimes(decoded, slot.ccid.dwDefaultClock);
  const extended = slot.level === 'extended-apdu';
  const cardTakesExtended = decoded?.capabilities.extendedLength;
  const [first] = decoded?.protocols ?? [];
  return {
    atr,
    protocol: first === 0 ? 'T=0' : first === 1 ? 'T=1' : 'unknown',
    limits: {
      // A reader at short level splits nothing: what its messages can't hold is chained to and from the card.
      shortCommandBytes: extended ? SHORT_COMMAND_BYTES : Math.min(SHORT_COMMAND_BYTES, slot.blockBytes),
      extendedCommandBytes: extended && cardTakesExtended === true ? EXTENDED_COMMAND_BYTES : 0,
      answerBytes: extended ? EXTENDED_ANSWER_BYTES : Math.min(SHORT_ANSWER_BYTES, slot.blockBytes),
    },
    readerExtendedBytes: extended ? EXTENDED_COMMAND_BYTES : 0,
    cardTakesExtended,
    exchange: (apdu, options) =>
      slot.xfrBlock(apdu, { ...options, ...(times === undefined ? {} : waiting(slot, times, decoded?.t1.ifsc ?? PART_BYTES, apdu)) }),
    secure: secureByReader,
  };
}

/** IFSD of a reader that moves the blocks itself, and about what one TPDU of T=0 holds. */
const PART_BYTES = 254;

/** How long a reader may be silent about one command, by what the card may take for each of its blocks. */
function waiting({ blockBytes }: CcidSlot, { exchangeMs, furtherMs, waitingMs }: WaitingTimes, ifsc: number, apdu: Bytes): TransferOptions {
  const answerBytes = Math.min(blockBytes, parseCommand(apdu).ne + 2);
  const blocks = Math.ceil(Math.min(blockBytes, apdu.length) / ifsc) + Math.ceil(answerBytes / PART_BYTES);
  return { timeoutMs: exchangeMs + furtherMs * Math.max(0, blocks - 2), waitingMs };
}
