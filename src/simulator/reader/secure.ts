import { type Bytes, concat, wipe } from '../../codec/index.ts';
import { badDataByte, SLOT_ERROR } from './messages.ts';

/** What a person typed on the reader, or did instead. */
export type PinPadEntry = { readonly pin: string; readonly newPin?: string; readonly confirmedPin?: string } | 'cancelled' | 'timeout';

/** What the reader's display asks for. */
export interface PinPadRequest {
  readonly operation: 'verify' | 'modify';
  readonly minLength: number;
  readonly maxLength: number;
  readonly asksCurrentPin: boolean;
  readonly asksConfirmation: boolean;
}

/** The keys of a simulated PIN pad: whoever stands in front of it. */
export type PinPadKeys = (request: PinPadRequest) => Promise<PinPadEntry>;

/** bPINOperation (CCID 1.1, 6.1.11): 0 verifies, this one modifies. */
const MODIFY = 1;

/** abPINDataStructure, read (CCID 1.1, 6.1.11.1 and 6.1.11.2). */
interface PinOperation extends PinPadRequest {
  readonly bmFormatString: number;
  readonly bmPINBlockString: number;
  readonly bmPINLengthFormat: number;
  readonly offsets: { readonly current: number; readonly next: number };
  /** NAD PCB LEN of the block to build; used at TPDU level with T=1 only. */
  readonly bTeoPrologue: Bytes;
  readonly abPINApdu: Bytes;
}

/** What firmware of PIN pads is seen to do wrong. */
export interface PinPadDefects {
  /** The only bNumberMessage that PIN verification, and PIN modification, takes. */
  readonly verifyMessages?: number;
  readonly modifyMessages?: number;
  /** PIN modification has three message indexes, whatever bNumberMessage says. */
  readonly allMessageIndexes?: boolean;
  /** wPINMaxExtraDigit is read with its bytes in the other order. */
  readonly swappedPinLengths?: boolean;
}

/** Reads the structure; a number is the bError that refuses it. */
export function readPinOperation(abData: Bytes, bPINSupport: number, defects: PinPadDefects = {}): PinOperation | number {
  const octet = (at: number): number => abData[at] ?? 0;
  const bPINOperation = octet(0);
  if (bPINOperation > MODIFY || ((bPINSupport >> bPINOperation) & 1) === 0) return badDataByte(0);
  const modify = bPINOperation === MODIFY;
  const counts = modify ? 7 : 5;
  const messages = octet(modify ? 11 : 8);
  // Modify carries a second and a third message index when it shows that many messages.
  const more = !modify ? 0 : defects.allMessageIndexes === true ? 2 : messages === 0 ? 0 : messages === 3 ? 2 : 1;
  const wanted = modify ? defects.modifyMessages : defects.verifyMessages;
  if (wanted !== undefined && wanted !== messages) return badDataByte(modify ? 11 : 8);
  const prologue = (modify ? 15 : 12) + more;
  const abPINApdu = abData.slice(prologue + 3);
  const bmFormatString = octet(2);
  const [first, second] = [octet(counts), octet(counts + 1)];
  const [maxLength, minLength] = defects.swappedPinLengths === true ? [second, first] : [first, second];
  if (abPINApdu.length < 4) return SLOT_ERROR.BAD_LENGTH;
  if ((bmFormatString & 3) === 3) return badDataByte(2);
  if (maxLength < minLength || maxLength === 0) return badDataByte(counts);
  const validation = octet(modify ? 10 : 7);
  if (validation === 0 || validation > 7) return badDataByte(modify ? 10 : 7);
  const confirm = modify ? octet(9) : 0;
  return {
    operation: modify ? 'modify' : 'verify',
    minLength,
    maxLength,
    asksCurrentPin: modify && (confirm & 2) !== 0,
    asksConfirmation: modify && (confirm & 1) !== 0,
    bmFormatString,
    bmPINBlockString: octet(3),
    bmPINLengthFormat: octet(4),
    offsets: modify ? { current: octet(5), next: octet(6) } : { current: 0, next: 0 },
    bTeoPrologue: abData.slice(prologue, prologue + 3),
    abPINApdu,
  };
}

/** Digits in the coding of bmFormatString bits 1..0. */
function coded(pin: string, bmFormatString: number): Bytes {
  const digits = [...pin].map((character) => character.charCodeAt(0));
  switch (bmFormatString & 3) {
    case 0:
      return Uint8Array.from(digits, (digit) => digit - 0x30);
    case 1: {
      const packed = new Uint8Array(Math.ceil(digits.length / 2)).fill(0xff);
      digits.forEach((digit, i) => {
        const shift = i % 2 === 0 ? 4 : 0;
        packed[i >> 1] = ((packed[i >> 1] ?? 0) & ~(0xf << shift)) | ((digit - 0x30) << shift);
      });
      return packed;
    }
    default:
      return Uint8Array.from(digits);
  }
}

/** Puts a PIN into the template's data field. False when it does not fit there. */
function insert(apdu: Bytes, pin: string, operation: PinOperation, offset: number): boolean {
  const { bmFormatString, bmPINBlockString, bmPINLengthFormat } = operation;
  // Positions in bits are only meaningful at whole bytes here.
  const inBytes = (value: number, unitIsByte: boolean): number => (unitIsByte ? value : value >> 3);
  const data = 5 + offset;
  const blockBytes = bmPINBlockString & 15;
  const pinAt = data + inBytes((bmFormatString >> 3) & 15, (bmFormatString & 0x80) !== 0);
  const digits = coded(pin, bmFormatString);
  try {
    if (digits.length > blockBytes || pinAt + blockBytes > apdu.length) return false;
    apdu.set(digits, (bmFormatString & 4) === 0 ? pinAt : pinAt + blockBytes - digits.length);
    const lengthBits = bmPINBlockString >> 4;
    if (lengthBits > 0) {
      const at = data + inBytes(bmPINLengthFormat & 15, (bmPINLengthFormat & 0x10) !== 0);
      if (at >= apdu.length) return false;
      const keep = (1 << (8 - Math.min(8, lengthBits))) - 1;
      apdu[at] = lengthBits >= 8 ? pin.length : ((apdu[at] ?? 0) & ~keep) | (pin.length & keep);
    }
    return true;
  } finally {
    wipe(digits);
  }
}

/** What came of a PIN entry: a command for the card, a status word of the reader's own, or a bError. */
export type PinEntered = { readonly apdu: Bytes } | { readonly sw: number } | { readonly bError: number };

const NEW_PINS_DIFFER = 0x6402;
const LENGTH_WRONG = 0x6403;
const WRONG_PARAMETERS = 0x6b80;

/** Asks for the PIN and builds the command. The caller wipes it. */
export async function enterPin(operation: PinOperation, keys: PinPadKeys): Promise<PinEntered> {
  const entry = await keys(operation);
  if (entry === 'cancelled') return { bError: SLOT_ERROR.PIN_CANCELLED };
  if (entry === 'timeout') return { bError: SLOT_ERROR.PIN_TIMEOUT };
  const fits = (pin: string): boolean => pin.length >= operation.minLength && pin.length <= operation.maxLength;
  const apdu = concat(operation.abPINApdu);
  if (operation.operation === 'verify') {
    if (!fits(entry.pin)) return { sw: LENGTH_WRONG };
    return insert(apdu, entry.pin, operation, 0) ? { apdu } : { sw: WRONG_PARAMETERS };
  }
  const next = entry.newPin ?? '';
  if (!fits(next) || (operation.asksCurrentPin && !fits(entry.pin))) return { sw: LENGTH_WRONG };
  if (operation.asksConfirmation && entry.confirmedPin !== next) return { sw: NEW_PINS_DIFFER };
  const whole =
    (!operation.asksCurrentPin || insert(apdu, entry.pin, operation, operation.offsets.current)) &&
    insert(apdu, next, operation, operation.offsets.next);
  return whole ? { apdu } : { sw: WRONG_PARAMETERS };
}
