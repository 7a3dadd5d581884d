import { type Bytes, concat, fromHex } from '../../src/codec/index.ts';
import type { Talk } from './pcsc.ts';

/** VERIFY and CHANGE REFERENCE DATA of PIV with padding in place of the PINs (SP 800-73-4 part 2, 3.2.1 and 3.2.2). */
export const VERIFY: Bytes = fromHex('0020008008ffffffffffffffff');
export const CHANGE: Bytes = fromHex('0024008010ffffffffffffffffffffffffffffffff');

/** Features of a reader (PC/SC part 10, 2.3). */
const TAGS = { FEATURE_VERIFY_PIN_DIRECT: 0x06, FEATURE_MODIFY_PIN_DIRECT: 0x07 } as const;
export type Feature = keyof typeof TAGS;

/** CM_IOCTL_GET_FEATURE_REQUEST, 3400 in the numbering of PCSC lite. */
const GET_FEATURE_REQUEST = '42000d48';

/** The control codes of the features that the reader has: tag, length 4 and the code, highest byte first (2.2). */
export async function features(talk: Talk): Promise<Readonly<Partial<Record<Feature, string>>>> {
  const answer = await talk.say(`@${GET_FEATURE_REQUEST} `);
  const found: Partial<Record<Feature, string>> = {};
  for (const [, tag, code] of answer.matchAll(/(..)04(.{8})/gy))
    for (const [feature, number] of Object.entries(TAGS)) if (Number.parseInt(tag ?? '', 16) === number) found[feature as Feature] = code ?? '';
  return found;
}

/** bTimeOut, bTimeOut2, bmFormatString, bmPINBlockString, bmPINLengthFormat: 60 s, bytes from the left in ASCII, a block of 8, no length. */
const HEAD = [60, 60, 0x82, 0x08, 0x00];
/** wPINMaxExtraDigit of a PIN of 6 to 8 digits. */
const DIGITS = [8, 6];
/** bEntryValidationCondition: the validation key. */
const KEY = 0x02;
/** wLangId: English (United States). */
const ENGLISH = [0x09, 0x04];
const length = (apdu: Bytes): readonly number[] => [apdu.length, 0, 0, 0];
/** bTeoPrologue: the driver of the reader fills it. */
const NO_PROLOGUE = [0, 0, 0];

/** PIN_VERIFY_STRUCTURE (PC/SC part 10, 2.5.2). */
export function verifyStructure(apdu: Bytes, bNumberMessage: number): Bytes {
  return concat(Uint8Array.from([...HEAD, ...DIGITS, KEY, bNumberMessage, ...ENGLISH, 0, ...NO_PROLOGUE, ...length(apdu)]), apdu);
}

/** bInsertionOffsetOld and bInsertionOffsetNew: the old PIN's block, then the new one's. bConfirmPIN: both asked for, the new one twice. */
const OFFSETS = [0, 8];
const CONFIRM_AND_OLD = 0x03;

/** PIN_MODIFY_STRUCTURE (PC/SC part 10, 2.5.3), which has room for three message indexes always. */
export function modifyStructure(
  apdu: Bytes,
  bNumberMessage: number,
  indexes: readonly number[] = bNumberMessage === 0 ? [0, 0, 0] : [0, 1, 2],
): Bytes {
  const fields = [...HEAD, ...OFFSETS, ...DIGITS, CONFIRM_AND_OLD, KEY, bNumberMessage, ...ENGLISH, ...indexes, ...NO_PROLOGUE, ...length(apdu)];
  return concat(Uint8Array.from(fields), apdu);
}
