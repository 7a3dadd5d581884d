import { type Bytes, concat, copy, EMPTY } from '../../codec/bytes.ts';

/*
 * Command and response APDUs as a card reads them (ISO/IEC 7816-4:2013, 5.1 to 5.3). Written from the standard for the card's side;
 * the driver's own codec is iso7816/.
 */

/** One command APDU taken apart. `le` is the number of bytes expected, undefined when the field is absent. */
export interface CommandApdu {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data: Bytes;
  readonly le: number | undefined;
  readonly extended: boolean;
}

/** Status words that the simulated card answers (ISO/IEC 7816-4, 5.6; SP 800-73-4 part 2, table 20). */
export const SW = {
  done: 0x9000,
  noInformationChanged: 0x6300,
  wrongLength: 0x6700,
  secureMessagingNotSupported: 0x6882,
  chainingNotSupported: 0x6884,
  securityStatus: 0x6982,
  blocked: 0x6983,
  conditionsOfUse: 0x6985,
  wrongData: 0x6a80,
  functionNotSupported: 0x6a81,
  notFound: 0x6a82,
  noSpace: 0x6a84,
  wrongP1P2: 0x6a86,
  referenceNotFound: 0x6a88,
  insNotSupported: 0x6d00,
  claNotSupported: 0x6e00,
  noPreciseDiagnosis: 0x6f00,
} as const;

/** Ends a command with a status word other than 9000 and without data. */
export class Refusal extends Error {
  readonly sw: number;

  constructor(sw: number) {
    super(`SW ${sw.toString(16)}`);
    this.name = 'Refusal';
    this.sw = sw;
  }
}

export function refuse(sw: number): never {
  throw new Refusal(sw);
}

/**
 * Tells the seven cases apart by length alone (ISO/IEC 7816-4, 5.2, table 4).
 * @throws Refusal 6700 when the length fits no case.
 */
export function parseCommand(apdu: Uint8Array): CommandApdu {
  const [cla, ins, p1, p2] = apdu;
  if (cla === undefined || ins === undefined || p1 === undefined || p2 === undefined) return refuse(SW.wrongLength);
  const head = { cla, ins, p1, p2 };
  const body = copy(apdu.subarray(4));
  const first = body[0];
  if (first === undefined) return { ...head, data: EMPTY, le: undefined, extended: false };
  if (body.length === 1) return { ...head, data: EMPTY, le: first === 0 ? 256 : first, extended: false };
  const wide = (at: number): number => ((body[at] ?? 0) << 8) | (body[at + 1] ?? 0);
  if (first !== 0) {
    if (body.length === 1 + first) return { ...head, data: body.slice(1), le: undefined, extended: false };
    if (body.length === 2 + first) return { ...head, data: body.slice(1, 1 + first), le: body[1 + first] || 256, extended: false };
    return refuse(SW.wrongLength);
  }
  if (body.length === 3) return { ...head, data: EMPTY, le: wide(1) || 65536, extended: true };
  const lc = wide(1);
  if (lc === 0 || body.length < 3) return refuse(SW.wrongLength);
  if (body.length === 3 + lc) return { ...head, data: body.slice(3), le: undefined, extended: true };
  if (body.length === 5 + lc) return { ...head, data: body.slice(3, 3 + lc), le: wide(3 + lc) || 65536, extended: true };
  return refuse(SW.wrongLength);
}

/** Data and status word as one response APDU. */
export function response(sw: number, data: Uint8Array = EMPTY): Bytes {
  return concat(data, Uint8Array.of(sw >> 8, sw & 0xff));
}
