import type { Bytes } from '../codec/bytes.ts';

const SELECT = 0xa4;
const GET_DATA = 0xcb;
const GET_RESPONSE = 0xc0;
/** Tag of a tag list in the data field of GET DATA (SP 800-73-4 part 2, 3.1.2). */
const TAG_LIST = 0x5c;
/** Tag of the discovery object (SP 800-73-4 part 1, 3.3.2). */
const DISCOVERY = 0x7e;

/**
 * Third octet of the data objects 5FC1xx that are read without PIN (SP 800-73-4 part 1, table 3): certificates, CHUID, CCC, security
 * object, key history. Left out on purpose: 5FC109 printed information, 5FC103 and 5FC108 biometrics, 5FC121 iris, 5FC123 pairing code.
 */
const isPublic = (octet: number): boolean => [0x01, 0x02, 0x05, 0x06, 0x07].includes(octet) || (octet >= 0x0a && octet <= 0x20);

/**
 * The one allow-list of bodies in traces: SELECT, and GET DATA of public objects. Everything else, chained and secure-messaging
 * commands included, is traced by length, instruction and status only.
 */
export function mayTraceBody(command: Bytes): boolean {
  const [cla, ins, , , p3 = 0, high = 0, low = 0] = command;
  if (cla !== 0 || (ins !== SELECT && ins !== GET_DATA)) return false;
  if (ins === SELECT) return true;
  // Lc of the short or of the extended form (ISO/IEC 7816-3, 12.1.3): the card family asks in the extended one.
  const [at, lc] = p3 === 0 ? [7, (high << 8) | low] : [5, p3];
  const [tag, length, first, second, third] = command.subarray(at, at + lc);
  if (tag !== TAG_LIST || lc < 2 || length !== lc - 2 || command.length < at + lc) return false;
  return (length === 1 && first === DISCOVERY) || (length === 3 && first === 0x5f && second === 0xc1 && isPublic(third ?? 0));
}

/** The body to trace for one APDU of a command; GET RESPONSE belongs to the command before it. */
export function traceBody(isPublicCommand: boolean, whole: Bytes, ins: number, body: Uint8Array): { readonly body?: Bytes } {
  return isPublicCommand && (ins === whole[1] || ins === GET_RESPONSE) ? { body: Uint8Array.from(body) } : {};
}
