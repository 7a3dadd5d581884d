import type { Bytes } from '../codec/bytes.ts';

/** Error detection code of T=1 (ISO/IEC 7816-3, 11.3.4): one XOR byte, or the CRC of ISO/IEC 13239 with its high byte first. */
export type Edc = 'lrc' | 'crc';

/** Protocol control byte values (11.3.2.2). */
export const PCB_R = 0x80;
export const S_RESYNCH = 0xc0;
export const S_IFS = 0xc1;
export const S_ABORT = 0xc2;
export const S_WTX = 0xc3;
/** Set in the PCB of an S-block that answers. */
export const S_RESPONSE = 0x20;

export interface Block {
  readonly pcb: number;
  readonly inf: Bytes;
}

/** EDC over the first `end` bytes, as one number. */
function edcOf(block: Uint8Array, end: number, edc: Edc): number {
  let value = edc === 'lrc' ? 0 : 0xffff;
  for (let i = 0; i < end; i++) {
    value ^= block[i] ?? 0;
    if (edc === 'crc') for (let bit = 0; bit < 8; bit++) value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ 0x8408;
  }
  return value;
}

/** NAD 00, PCB, LEN, INF, EDC (11.3.1). `inf` holds at most 254 bytes. */
export function encodeBlock(pcb: number, inf: Uint8Array, edc: Edc): Bytes {
  const end = 3 + inf.length;
  const block = new Uint8Array(end + (edc === 'lrc' ? 1 : 2));
  block[1] = pcb;
  block[2] = inf.length;
  block.set(inf, 3);
  const value = edcOf(block, end, edc);
  if (edc === 'crc') block[end] = value >>> 8;
  block[block.length - 1] = value & 0xff;
  return block;
}

/** The block, or what is wrong with it: its EDC, or anything else (the two error codes of an R-block, 11.3.2.2). `inf` is a copy. */
export function decodeBlock(received: Bytes, edc: Edc, maxInf: number): Block | 'edc' | 'other' {
  const length = received[2] ?? 0;
  const end = 3 + length;
  if (received.length !== end + (edc === 'lrc' ? 1 : 2)) return 'other';
  const value = edc === 'lrc' ? (received[end] ?? 0) : ((received[end] ?? 0) << 8) | (received[end + 1] ?? 0);
  if (value !== edcOf(received, end, edc)) return 'edc';
  const pcb = received[1] ?? 0;
  const known = pcb < 0x80 ? (pcb & 0x1f) === 0 : pcb < 0xc0 ? (pcb & 0x6c) === 0 && (pcb & 0x03) !== 3 && length === 0 : (pcb & 0x1c) === 0;
  if (received[0] !== 0 || length > maxInf || !known) return 'other';
  return { pcb, inf: received.slice(3, end) };
}
