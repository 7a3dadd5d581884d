import { type Bytes, EMPTY, concat } from '../codec/bytes.ts';
import { Iso7816Error } from './errors.ts';

/** Largest Ne of the short and of the extended form (ISO/IEC 7816-4, 5.1). */
export const SHORT_NE_MAX = 256;
export const EXTENDED_NE_MAX = 65536;
/** Largest Nc of the short and of the extended form. */
export const SHORT_NC_MAX = 255;
export const EXTENDED_NC_MAX = 65535;

export type ApduForm = 'short' | 'extended';

/** A command APDU in the standard's terms. `ne` is the largest number of data bytes expected: 0 = none, else 1..65536. */
export interface CommandApdu {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data: Bytes;
  readonly ne: number;
}

const isOctet = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 0xff;

/**
 * Encodes cases 1 to 4 (ISO/IEC 7816-3, 12.1). Case 1 is the same four bytes in both forms.
 * @throws Iso7816Error `too-long` when Nc or Ne exceed the form, `bad-apdu` for header values that are no octets, CLA FF or a bad Ne
 */
export function encodeCommand(apdu: CommandApdu, form: ApduForm): Bytes {
  const { cla, ins, p1, p2, data, ne } = apdu;
  if (![cla, ins, p1, p2].every(isOctet) || cla === 0xff) throw new Iso7816Error('bad-apdu', 'CLA, INS, P1 or P2 is no valid octet');
  if (!Number.isInteger(ne) || ne < 0) throw new Iso7816Error('bad-apdu', 'Ne is no number of bytes');
  const short = form === 'short';
  if (data.length > (short ? SHORT_NC_MAX : EXTENDED_NC_MAX))
    throw new Iso7816Error('too-long', `${data.length} data bytes do not fit a ${form} APDU`);
  if (ne > (short ? SHORT_NE_MAX : EXTENDED_NE_MAX)) throw new Iso7816Error('too-long', `Ne ${ne} does not fit a ${form} APDU`);
  const nc = data.length;
  const lc = nc === 0 ? [] : short ? [nc] : [0, nc >>> 8, nc & 0xff];
  // Extended: the leading zero byte stands once, in Lc when there is one, else in Le.
  const le = ne === 0 ? [] : short ? [ne & 0xff] : [...(nc === 0 ? [0] : []), (ne >>> 8) & 0xff, ne & 0xff];
  return concat(Uint8Array.from([cla, ins, p1, p2, ...lc]), data, Uint8Array.from(le));
}

/**
 * Decodes cases 1, 2S, 3S, 4S, 2E, 3E and 4E (ISO/IEC 7816-3, 12.1.3). `data` is a view of `command`, not a copy, so no second copy
 * of a PIN comes to be. Case 1 reports the short form.
 * @throws Iso7816Error `bad-apdu` for anything else, mixed short and extended fields included
 */
export function parseCommand(command: Bytes): CommandApdu & { readonly form: ApduForm } {
  const length = command.length;
  const at = (i: number): number => command[i] ?? 0;
  const make = (form: ApduForm, data: Bytes, ne: number): CommandApdu & { readonly form: ApduForm } => ({
    cla: at(0),
    ins: at(1),
    p1: at(2),
    p2: at(3),
    data,
    ne,
    form,
  });
  if (length < 4) throw new Iso7816Error('bad-apdu', `a command APDU of ${length} bytes`);
  if (at(0) === 0xff) throw new Iso7816Error('bad-apdu', 'CLA FF is invalid');
  if (length === 4) return make('short', EMPTY, 0);
  const first = at(4);
  if (length === 5) return make('short', EMPTY, first === 0 ? SHORT_NE_MAX : first);
  if (first !== 0) {
    const data = command.subarray(5, 5 + first);
    if (length === 5 + first) return make('short', data, 0);
    if (length === 6 + first) return make('short', data, at(length - 1) === 0 ? SHORT_NE_MAX : at(length - 1));
  } else if (length >= 7) {
    const number = (at(5) << 8) | at(6);
    if (length === 7) return make('extended', EMPTY, number === 0 ? EXTENDED_NE_MAX : number);
    const data = command.subarray(7, 7 + number);
    const le = (at(length - 2) << 8) | at(length - 1);
    if (length === 7 + number) return make('extended', data, 0);
    if (number !== 0 && length === 9 + number) return make('extended', data, le === 0 ? EXTENDED_NE_MAX : le);
  }
  throw new Iso7816Error('bad-apdu', `Lc does not fit a command APDU of ${length} bytes`);
}

/** A response APDU taken apart; `data` is a view of `response`. */
export interface ResponseApdu {
  readonly data: Bytes;
  /** SW1 SW2 as one number, 0x9000 for 90 00. */
  readonly sw: number;
}

/** @throws Iso7816Error `bad-answer` when there is no room for a status word */
export function parseResponse(response: Bytes): ResponseApdu {
  const end = response.length - 2;
  if (end < 0) throw new Iso7816Error('bad-answer', `a response APDU of ${response.length} bytes`);
  return { data: response.subarray(0, end), sw: ((response[end] ?? 0) << 8) | (response[end + 1] ?? 0) };
}

/** INS of GET RESPONSE in ISO/IEC 7816-4. */
export const GET_RESPONSE = 0xc0;

/**
 * CLA of GET RESPONSE: the command's own with chaining and secure messaging bits clear, channel kept (ISO/IEC 7816-4, 5.1.1; SP 800-73-4
 * part 2, 2.4: never under secure messaging). GlobalPlatform's 84..87 has no own GET RESPONSE: the interindustry one of its channel.
 */
export function getResponseCla(cla: number): number {
  if (cla < 0x40) return cla & 0x03;
  if (cla < 0x80) return cla & 0x4f;
  return (cla & 0xec) === 0x84 ? cla & 0x03 : cla & 0xef;
}
