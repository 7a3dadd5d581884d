import { type Bytes, copy } from '../../codec/index.ts';
import type { AtrFacts } from './atr.ts';
import { SLOT_ERROR, badDataByte } from './messages.ts';

/** Protocol parameters of a slot: bProtocolNum and its structure (CCID 1.1, 6.1.7). */
export interface Parameters {
  readonly bProtocolNum: number;
  readonly abProtocolDataStructure: Bytes;
}

/** Before anything is known of the card, and after ResetParameters: F = 372, D = 1. */
export function defaultParameters(bProtocolNum: number): Parameters {
  const structure = bProtocolNum === 1 ? [0x11, 0x10, 0x00, 0x4d, 0x00, 0x20, 0x00] : [0x11, 0x00, 0x00, 0x0a, 0x00];
  return { bProtocolNum, abProtocolDataStructure: Uint8Array.from(structure) };
}

/** FI and DI that a card begins with: 372 and 1, in specific mode those of TA1 (ISO/IEC 7816-3, 8.3). */
export function startFiDi(atr: AtrFacts): number {
  return atr.ta2 === null ? 0x11 : atr.ta1;
}

/** What a reader that configures itself takes from the ATR; it stays at the speed that the card begins with unless it does PPS. */
export function parametersOf(atr: AtrFacts, doesPps: boolean): Parameters {
  const fiDi = doesPps ? atr.ta1 : startFiDi(atr);
  const protocol = atr.ta2 === null ? (atr.protocols[0] ?? 0) : atr.ta2 & 15;
  const convention = atr.inverse ? 2 : 0;
  const structure =
    protocol === 1 ? [fiDi, 0x10 | convention | (atr.crc ? 1 : 0), atr.tc1, atr.tb3, 0, atr.ifsc, 0] : [fiDi, convention, atr.tc1, atr.tc2, 0];
  return { bProtocolNum: protocol, abProtocolDataStructure: Uint8Array.from(structure) };
}

/** SetParameters: the parameters now in use, or the bError that refuses them. */
export function acceptParameters(bProtocolNum: number, abData: Bytes, dwProtocols: number): Parameters | number {
  if (bProtocolNum > 1 || ((dwProtocols >> bProtocolNum) & 1) === 0) return SLOT_ERROR.BAD_BYTE_7;
  if (abData.length !== (bProtocolNum === 1 ? 7 : 5)) return SLOT_ERROR.BAD_LENGTH;
  const d = (abData[0] ?? 0) & 15;
  if (d === 0 || d > 9) return badDataByte(0);
  if (bProtocolNum === 1 && ((abData[5] ?? 0) === 0 || abData[5] === 0xff)) return badDataByte(5);
  return { bProtocolNum, abProtocolDataStructure: copy(abData) };
}

/** Clock rate conversion and baud rate adjustment integers by index (ISO/IEC 7816-3, tables 7 and 8); 0 = reserved. */
const F = [372, 372, 558, 744, 1116, 1488, 1860, 0, 0, 512, 768, 1024, 1536, 2048, 0, 0];
const D = [0, 1, 2, 4, 8, 16, 32, 64, 12, 20, 0, 0, 0, 0, 0, 0];

/** FI and DI of T=0's and T=1's parameters alike. */
export const fiDiOf = ({ abProtocolDataStructure: [fiDi = 0x11] }: Parameters): number => fiDi;

/** Bit/s at `clockKhz`; 0 where an index is reserved. */
export function dataRate(fiDi: number, clockKhz: number): number {
  const f = F[fiDi >> 4] ?? 0;
  return f === 0 ? 0 : Math.floor((clockKhz * 1000 * (D[fiDi & 15] ?? 0)) / f);
}

/** Whether two pairs of FI and DI make the same elementary time unit. */
export function sameSpeed(a: number, b: number): boolean {
  const ratio = (fiDi: number): number => (D[fiDi & 15] ?? 0) / (F[fiDi >> 4] ?? 0);
  return ratio(a) === ratio(b);
}

/** How long a card may take before its first character of a block in T=1 (ISO/IEC 7816-3, 11.4.3), the 11 etu left out. */
export function blockWaitingTimeMs({ abProtocolDataStructure }: Parameters, clockKhz: number): number {
  return (2 ** ((abProtocolDataStructure[3] ?? 0x40) >> 4) * 960 * 372) / clockKhz;
}
