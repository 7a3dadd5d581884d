/** What a reader needs of an ATR (ISO/IEC 7816-3, 8.2). */
export interface AtrFacts {
  /** TS = 3F. */
  readonly inverse: boolean;
  /** Protocols in the order offered; T=0 alone when TD1 is absent. */
  readonly protocols: readonly number[];
  readonly ta1: number;
  readonly tc1: number;
  /** Specific mode byte; null = negotiable. */
  readonly ta2: number | null;
  /** Waiting integer of T=0. */
  readonly tc2: number;
  /** IFSC of T=1. */
  readonly ifsc: number;
  /** BWI and CWI of T=1. */
  readonly tb3: number;
  /** T=1 uses CRC. */
  readonly crc: boolean;
}

/** Reads the interface bytes; what is absent has its default. */
export function readAtr(atr: Uint8Array): AtrFacts {
  const facts = {
    inverse: atr[0] === 0x3f,
    protocols: [] as number[],
    ta1: 0x11,
    tc1: 0,
    ta2: null as number | null,
    tc2: 10,
    ifsc: 32,
    tb3: 0x4d,
    crc: false,
  };
  let at = 2;
  let present = (atr[1] ?? 0) >> 4;
  let protocol = 0;
  let seenT1 = false;
  for (let i = 1; i < 8; i++) {
    const next = (bit: number): number | null => ((present & bit) === 0 ? null : (atr[at++] ?? 0));
    const [ta, tb, tc, td] = [next(1), next(2), next(4), next(8)];
    if (i === 1) {
      facts.ta1 = ta ?? facts.ta1;
      facts.tc1 = tc ?? facts.tc1;
    } else if (i === 2) {
      facts.ta2 = ta;
      facts.tc2 = tc ?? facts.tc2;
    } else if (protocol === 1 && !seenT1) {
      seenT1 = true;
      facts.ifsc = ta ?? facts.ifsc;
      facts.tb3 = tb ?? facts.tb3;
      facts.crc = ((tc ?? 0) & 1) === 1;
    }
    if (td === null) break;
    present = td >> 4;
    protocol = td & 15;
    if (protocol !== 15 && !facts.protocols.includes(protocol)) facts.protocols.push(protocol);
  }
  if (facts.protocols.length === 0) facts.protocols.push(0);
  return facts;
}
