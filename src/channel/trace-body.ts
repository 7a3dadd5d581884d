import { type Bytes, copy, EMPTY } from '../codec/bytes.ts';

const SELECT = 0xa4;
const GET_DATA = 0xcb;
const GET_RESPONSE = 0xc0;
/** Tag of the discovery object (SP 800-73-4 part 1, 3.3.2). */
const DISCOVERY = 0x7e;

/**
 * Third octet of the data objects 5FC1xx that are read without PIN (SP 800-73-4 part 1, table 3): certificates, CHUID, CCC, security
 * object, key history. Left out on purpose: 5FC109 printed information, 5FC103 and 5FC108 biometrics, 5FC121 iris, 5FC123 pairing code.
 */
const isPublic = (octet: number): boolean => [0x01, 0x02, 0x05, 0x06, 0x07].includes(octet) || (octet >= 0x0a && octet <= 0x20);

/** The part of a command that decides whether its bodies may be traced. */
export interface TraceableCommand {
  readonly cla: number;
  readonly ins: number;
  readonly data: Uint8Array;
}

/**
 * The one allow-list of bodies in traces: SELECT, and GET DATA of public objects. Everything else, chained and secure-messaging
 * commands included, is traced by length, instruction and status only.
 */
export function mayTraceBody(command: TraceableCommand): boolean {
  if (command.cla !== 0) return false;
  if (command.ins === SELECT) return true;
  if (command.ins !== GET_DATA || command.data[0] !== 0x5c) return false;
  const [, length, first, second, third] = command.data;
  if (length !== command.data.length - 2) return false;
  return (length === 1 && first === DISCOVERY) || (length === 3 && first === 0x5f && second === 0xc1 && isPublic(third ?? 0));
}

/** The bodies of one command and its parts: GET RESPONSE belongs to the command before it. */
export function traceBody(whole: TraceableCommand, ins: number, body: Uint8Array): { readonly body?: Bytes } {
  if (!mayTraceBody(whole) || (ins !== whole.ins && ins !== GET_RESPONSE)) return {};
  return { body: body.length === 0 ? EMPTY : copy(body) };
}
