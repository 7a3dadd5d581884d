/** TA1 for F = 372 and D = 1: what card and reader use until PPS (ISO/IEC 7816-3, 8.1). */
export const DEFAULT_TA1 = 0x11;
/** F by the index FI of TA1 (ISO/IEC 7816-3, table 7); undefined = reserved. */
export const F_BY_INDEX: readonly (number | undefined)[] = [
  372,
  372,
  558,
  744,
  1116,
  1488,
  1860,
  undefined,
  undefined,
  512,
  768,
  1024,
  1536,
  2048,
  undefined,
  undefined,
];
/** Highest clock in kHz by FI (table 7). */
export const MAX_CLOCK_KHZ_BY_INDEX: readonly (number | undefined)[] = [
  4000,
  5000,
  6000,
  8000,
  12000,
  16000,
  20000,
  undefined,
  undefined,
  5000,
  7500,
  10000,
  15000,
  20000,
  undefined,
  undefined,
];
/** D by the index DI of TA1 (table 8); undefined = reserved. */
export const D_BY_INDEX: readonly (number | undefined)[] = [
  undefined,
  1,
  2,
  4,
  8,
  16,
  32,
  64,
  12,
  20,
  undefined,
  undefined,
  undefined,
  undefined,
  undefined,
  undefined,
];
