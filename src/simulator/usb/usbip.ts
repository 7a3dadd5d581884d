import { Builder, type Bytes, Cursor, EMPTY, concat } from '../../codec/index.ts';
import type { TransferStatus } from './in-pipe.ts';

/** USB/IP message codes (usbip protocol 1.1.1, USBIP_CMD_SUBMIT and following). All numbers are big-endian. */
export const USBIP = { CMD_SUBMIT: 1, CMD_UNLINK: 2, RET_SUBMIT: 3, RET_UNLINK: 4 } as const;

/** usbip_header_basic + usbip_header_cmd_submit: always 48 bytes. */
export const USBIP_HEADER_BYTES = 48;

const largestTransferBytes = 32 * 1024 * 1024;

export interface UsbipSubmit {
  readonly kind: 'submit';
  readonly seqnum: number;
  /** Endpoint address, 0x80 = IN; 0 for the control pipe. */
  readonly address: number;
  readonly isIn: boolean;
  readonly lengthBytes: number;
  readonly setup: Bytes;
  readonly data: Bytes;
}

export interface UsbipUnlink {
  readonly kind: 'unlink';
  readonly seqnum: number;
  readonly victim: number;
}

export type UsbipCommand = UsbipSubmit | UsbipUnlink;

/** What URBs end with, as errno values of Linux: EPIPE, EOVERFLOW, EPROTO, ECONNRESET, ESHUTDOWN. */
const errnoOf: Readonly<Record<TransferStatus, number>> = { completed: 0, stall: -32, babble: -75, failed: -71, cancelled: -104, disconnected: -108 };

/** The first whole command of `stream` and the number of bytes it takes; null while it is not all there. @throws RangeError for what is no USB/IP command */
export function decodeCommand(stream: Bytes): { readonly command: UsbipCommand; readonly bytes: number } | null {
  if (stream.length < USBIP_HEADER_BYTES) return null;
  const head = new Cursor(stream);
  const code = head.u32be();
  const seqnum = head.u32be();
  head.skip(4);
  const isIn = head.u32be() === 1;
  const number = head.u32be();
  if (code === USBIP.CMD_UNLINK) return { command: { kind: 'unlink', seqnum, victim: head.u32be() }, bytes: USBIP_HEADER_BYTES };
  if (code !== USBIP.CMD_SUBMIT) throw new RangeError(`USB/IP command ${code}`);
  head.skip(4);
  const lengthBytes = head.u32be();
  if (number > 15 || lengthBytes > largestTransferBytes) throw new RangeError('USB/IP command out of range');
  const total = USBIP_HEADER_BYTES + (isIn ? 0 : lengthBytes);
  if (stream.length < total) return null;
  const address = number === 0 ? 0 : number | (isIn ? 0x80 : 0);
  const data = isIn ? EMPTY : stream.slice(USBIP_HEADER_BYTES, total);
  return { command: { kind: 'submit', seqnum, address, isIn, lengthBytes, setup: stream.slice(40, 48), data }, bytes: total };
}

function basicHeader(code: number, seqnum: number): Builder {
  return new Builder().u32be(code).u32be(seqnum).u32be(0x10001).u32be(0).u32be(0);
}

/** USBIP_RET_SUBMIT with the data of an IN transfer. */
export function encodeSubmitReply(seqnum: number, status: TransferStatus, data: Bytes, actualBytes: number): Bytes {
  const head = basicHeader(USBIP.RET_SUBMIT, seqnum)
    .u32be(errnoOf[status] >>> 0)
    .u32be(actualBytes)
    .u32be(0)
    .u32be(0xffffffff)
    .u32be(0)
    .put(new Uint8Array(8));
  return concat(head.finish(), data);
}

/** USBIP_RET_UNLINK; `pending` tells whether the victim was still to be ended. Its sequence number stands in the last word. */
export function encodeUnlinkReply(seqnum: number, victim: number, pending: boolean): Bytes {
  return basicHeader(USBIP.RET_UNLINK, seqnum)
    .u32be(pending ? errnoOf.cancelled >>> 0 : 0)
    .put(new Uint8Array(20))
    .u32be(victim)
    .finish();
}
