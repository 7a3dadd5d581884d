import type { Atr } from './atr.ts';
import { D_BY_INDEX, DEFAULT_TA1, F_BY_INDEX } from './speeds.ts';

/** Waiting times in milliseconds for one protocol and speed. */
export interface WaitingTimes {
  /** Elementary time unit. */
  readonly etuMs: number;
  /** T=1: longest wait for the first character of a block (11.4.3), and between its characters (11.4.2). */
  readonly bwtMs: number;
  readonly cwtMs: number;
  /** T=0: longest wait for any character (10.2). */
  readonly wwtMs: number;
  /** Longest whole exchange of one TPDU or block, with room for the reader: what the host waits for before it calls the card mute. */
  readonly exchangeMs: number;
  /** What each further block of the same command adds, where the reader moves several for one message. */
  readonly furtherMs: number;
  /** What a time extension multiplies: BWT or WWT. */
  readonly waitingMs: number;
}

/** Larger values are reserved (11.4.3). */
const MAX_BWI = 9;
/** For F, D or a clock that nobody told us. */
export const UNKNOWN_SPEED_MS = 60_000;
/** Real readers announce 250 kHz at least. Less is another unit, or nothing: waiting times reckoned from it would last for hours. */
const MIN_CLOCK_KHZ = 100;

/**
 * Waiting times of ISO/IEC 7816-3 (7.2, 10.2, 11.4) from the ATR, at the FI and DI in use. An exchange is 260 characters with their guard
 * times and one block waiting time for T=1; for T=0 the longer of sending all with a few waits and waiting before each character.
 */
export function waitingTimes(atr: Atr, protocol: 0 | 1, ta1: number, clockKhz: number): WaitingTimes {
  const f = F_BY_INDEX[ta1 >>> 4];
  const d = D_BY_INDEX[ta1 & 0x0f];
  if (f === undefined || d === undefined || !(clockKhz >= MIN_CLOCK_KHZ))
    return {
      etuMs: 0,
      bwtMs: UNKNOWN_SPEED_MS,
      cwtMs: UNKNOWN_SPEED_MS,
      wwtMs: UNKNOWN_SPEED_MS,
      exchangeMs: UNKNOWN_SPEED_MS,
      furtherMs: 0,
      waitingMs: UNKNOWN_SPEED_MS,
    };
  const etuMs = f / d / clockKhz;
  const n = atr.extraGuardTime;
  const guardMs = (n === 255 ? (protocol === 0 ? 12 : 11) : 12 + n) * etuMs;
  const bwtMs = 11 * etuMs + (2 ** Math.min(MAX_BWI, atr.t1.bwi) * 960 * 372) / clockKhz;
  const cwtMs = (11 + 2 ** atr.t1.cwi) * etuMs;
  const wwtMs = (960 * Math.max(1, atr.waitingInteger) * f) / clockKhz;
  const exchangeMs =
    protocol === 1 ? 260 * guardMs + bwtMs + 260 * cwtMs + 1000 : Math.max(3000, 261 * guardMs + 6 * wwtMs, 5 * guardMs + 260 * wwtMs);
  const furtherMs = 260 * guardMs + (protocol === 1 ? bwtMs : 6 * wwtMs);
  return { etuMs, bwtMs, cwtMs, wwtMs, exchangeMs, furtherMs, waitingMs: protocol === 1 ? bwtMs : wwtMs };
}

/**
 * The same for a reader that chooses protocol and speed itself and moves the blocks of a whole command: the slower of the card's
 * speed and the default one.
 */
export function readerWaitingTimes(atr: Atr, clockKhz: number): WaitingTimes {
  const protocol = atr.specificMode?.protocol ?? atr.protocols[0];
  const at = (ta1: number): WaitingTimes => waitingTimes(atr, protocol === 1 ? 1 : 0, ta1, clockKhz);
  const [first, second] = [at(DEFAULT_TA1), at(atr.ta1)];
  return first.exchangeMs > second.exchangeMs ? first : second;
}

/** Initial waiting time of 9600 etu before each character of a PPS response, and room for the reader (ISO/IEC 7816-3, 9.1 and 10.2). */
export function ppsWaitMs(clockKhz: number): number {
  const PPS_BYTES = 6;
  return clockKhz >= MIN_CLOCK_KHZ ? (PPS_BYTES * 9600 * 372) / clockKhz + 1000 : UNKNOWN_SPEED_MS;
}
