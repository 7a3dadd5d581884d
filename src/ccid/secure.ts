import type { Bytes } from '../codec/bytes.ts';
import { Builder } from '../codec/cursor.ts';
import type { CcidDescriptor } from './descriptor.ts';
import { COMMAND_OK } from './messages.ts';
import type { ExchangeOptions } from './pipe.ts';
import type { QuirkEffects } from './quirks.ts';
import type { CcidSlot } from './slot.ts';
import { PIN_CANCELLED, PIN_TIMEOUT, slotError } from './slot-error.ts';

/** Where the PIN goes in the command, in bytes of the data field; how it is padded stands in the command itself. */
export interface PinPlace {
  /** The command with its padding where the PIN will be; the reader puts the PIN over it. */
  readonly abPINApdu: Uint8Array;
  readonly pinBytes: number;
  readonly minLength: number;
  readonly maxLength: number;
  /** Modification: where the old and the new PIN begin, and whether the reader asks for the old one. */
  readonly modify?: { readonly bInsertionOffsetOld: number; readonly bInsertionOffsetNew: number; readonly asksOld: boolean };
}

/** bTimeOut: how long the reader waits for a key, in seconds. */
const ENTRY_S = 60;
/** System units are bytes, PIN at the beginning, left justified, ASCII (6.1.11.2). */
const BYTES_LEFT_ASCII = 0x82;
/** The validation key ends the entry. The only value that every pad takes. */
const VALIDATION_KEY = 0x02;
/** bConfirmPIN: the new PIN twice; the old one as well. */
const CONFIRM = 0x01;
const ASK_OLD = 0x02;
/** English (United States). The pads' own texts follow it at best. */
const LANGUAGE = 0x0409;

/** bPINOperation and abPINDataStructure (CCID 1.1, 6.1.11.1 and 6.1.11.2). `bTeoPrologue`: NAD PCB LEN at TPDU level with T=1, else nought. */
export function encodePinOperation(place: PinPlace, ccid: CcidDescriptor, effects: QuirkEffects, bTeoPrologue: Uint8Array): Bytes {
  const { modify } = place;
  const display = ccid.wLcdLayout !== 0;
  const bNumberMessage =
    modify === undefined ? (effects.verifyMessages ?? (display ? 1 : 0)) : (effects.modifyMessages ?? (!display ? 0 : modify.asksOld ? 3 : 2));
  const lengths = effects.swappedPinLengths === true ? [place.minLength, place.maxLength] : [place.maxLength, place.minLength];
  const out = new Builder()
    .u8(modify === undefined ? 0 : 1)
    .u8(ENTRY_S)
    .u8(BYTES_LEFT_ASCII)
    .u8(place.pinBytes)
    .u8(0);
  if (modify !== undefined) out.u8(modify.bInsertionOffsetOld).u8(modify.bInsertionOffsetNew);
  for (const length of lengths) out.u8(length);
  if (modify !== undefined) out.u8(CONFIRM | (modify.asksOld ? ASK_OLD : 0));
  out.u8(VALIDATION_KEY).u8(bNumberMessage).u16le(LANGUAGE);
  // Messages 0 to 2 are the reader's texts for the old, the new and the repeated PIN. Which indexes are there depends on their number.
  const indexes = modify === undefined ? 1 : effects.allMessageIndexes === true || bNumberMessage === 3 ? 3 : bNumberMessage === 0 ? 1 : 2;
  for (let i = 0; i < indexes; i++) out.u8(bNumberMessage === 0 ? 0 : modify?.asksOld === false ? i + 1 : i);
  return out.put(bTeoPrologue).put(place.abPINApdu).finish();
}

/** The reader's answer: what came from the card, or what the person did instead. */
export type SecureAnswer = { readonly abData: Bytes } | 'cancelled' | 'timeout';

/**
 * PIN entry on the reader (CCID 1.1, 6.1.11). The PIN is in no message, neither this way nor back. `effects` as {@link preparePinPad}
 * answers them. @throws CcidError, UsbError
 */
export async function secure(
  slot: CcidSlot,
  place: PinPlace,
  effects: QuirkEffects,
  bTeoPrologue: Uint8Array,
  options: ExchangeOptions = {},
): Promise<SecureAnswer> {
  const abData = encodePinOperation(place, slot.ccid, effects, bTeoPrologue);
  const response = await slot.command({ name: 'Secure', abData }, options, Math.max(90, ENTRY_S + 10) * 1000);
  if (response.bmCommandStatus === COMMAND_OK) return { abData: response.abData };
  if (response.bError === PIN_CANCELLED) return 'cancelled';
  if (response.bError === PIN_TIMEOUT) return 'timeout';
  throw slotError('Secure', response);
}
