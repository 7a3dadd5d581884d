import { type Bytes, EMPTY } from '../codec/bytes.ts';
import { Iso7816Error } from './errors.ts';

/** One interface byte with its name in the standard: { name: 'TA1', value: 0x11 }. */
export interface InterfaceByte {
  readonly name: string;
  readonly value: number;
}

/** A COMPACT-TLV data object of the historical bytes (ISO/IEC 7816-4, 8.1.1). */
export interface CompactTlv {
  readonly tag: number;
  readonly value: Bytes;
}

/** What the card says of itself in the historical bytes (ISO/IEC 7816-4, 8.1.1.2.7, third software function table); undefined = not said. */
export interface CardCapabilities {
  readonly chaining: boolean | undefined;
  readonly extendedLength: boolean | undefined;
}

/** An answer to reset, decoded (ISO/IEC 7816-3, 8.2 and 8.3). Defaults stand where a byte is absent. */
export interface Atr {
  /** All bytes in the logical values of the direct convention; a raw inverse ATR (03 ...) is turned round. */
  readonly bytes: Bytes;
  readonly convention: 'direct' | 'inverse';
  readonly interfaceBytes: readonly InterfaceByte[];
  /** Offered transmission protocols in the order of the TD bytes, T = 15 left out; the first is the default one. */
  readonly protocols: readonly number[];
  readonly historical: Bytes;
  /** How many announced historical bytes did not come: reported, not refused, since the interface bytes alone say how to talk to the card. */
  readonly historicalMissing: number;
  /** Undefined when there is none. A wrong TCK is reported, not refused: such cards work. */
  readonly tck: number | undefined;
  readonly tckVerdict: 'ok' | 'wrong' | 'missing' | 'not-needed';
  /** What follows the end. */
  readonly trailing: Bytes;
  /** TA1 as received, 0x11 when absent. */
  readonly ta1: number;
  /** N of TC1, 255 = the shortest guard time. */
  readonly extraGuardTime: number;
  /** TA2: the card starts in its one mode and takes no PPS. */
  readonly specificMode: { readonly protocol: number; readonly implicitParameters: boolean; readonly changeable: boolean } | undefined;
  /** WI of TC2. */
  readonly waitingInteger: number;
  /** From the first interface bytes after T = 1. */
  readonly t1: { readonly ifsc: number; readonly bwi: number; readonly cwi: number; readonly edc: 'lrc' | 'crc' };
  /** TA after T = 15: clock stop 0 no, 1 low, 2 high, 3 either; class bits A = 1, B = 2, C = 4. Undefined when absent. */
  readonly clockStop: number | undefined;
  readonly classes: number | undefined;
  readonly compactTlv: readonly CompactTlv[];
  readonly capabilities: CardCapabilities;
}

/** Bits reversed and complemented: how a byte of the inverse convention looks when read as direct (8.1). */
function invert(octet: number): number {
  let out = 0;
  for (let bit = 0; bit < 8; bit++) if ((octet & (1 << bit)) === 0) out |= 0x80 >>> bit;
  return out;
}

/** COMPACT-TLV of categories 00 and 80. Historical bytes are the issuer's own business: what does not parse ends the list. */
function readCompactTlv(historical: Bytes): CompactTlv[] {
  const category = historical[0];
  if (category !== 0x00 && category !== 0x80) return [];
  const end = category === 0x00 ? historical.length - 3 : historical.length;
  const out: CompactTlv[] = [];
  let at = 1;
  while (at < end) {
    const head = historical[at] ?? 0;
    const from = at + 1;
    at = from + (head & 0x0f);
    if (at > end) return out;
    out.push({ tag: head >>> 4, value: historical.slice(from, at) });
  }
  return out;
}

/** @throws Iso7816Error `bad-atr` for a wrong TS or an ATR that ends before its last interface byte */
export function parseAtr(received: Bytes): Atr {
  const raw = received[0] === 0x03;
  const bytes = raw ? received.map(invert) : received.slice();
  let at = 0;
  const next = (): number => {
    const value = bytes[at++];
    if (value === undefined) throw new Iso7816Error('bad-atr', `the ATR ends after ${bytes.length} bytes`);
    return value;
  };
  const ts = next();
  if (ts !== 0x3b && ts !== 0x3f) throw new Iso7816Error('bad-atr', 'TS is neither 3B nor 3F');

  const t0 = next();
  const interfaceBytes: InterfaceByte[] = [];
  const found: Record<string, number> = {};
  const protocols: number[] = [];
  let tckNeeded = false;
  // The protocol that the group's bytes belong to: none in groups 1 and 2, whose bytes are global or named after T = 0 (TC2).
  let owner = -1;
  const seen = new Set<number>();
  let present = t0 >>> 4;
  for (let group = 1; present !== 0; group++) {
    const first = group > 2 && !seen.has(owner);
    if (group > 2) seen.add(owner);
    let td = 0;
    ['TA', 'TB', 'TC', 'TD'].forEach((kind, bit) => {
      if ((present & (1 << bit)) === 0) return;
      const value = next();
      interfaceBytes.push({ name: `${kind}${group}`, value });
      if (group < 3) found[`${kind}${group}`] = value;
      else if (first) found[`${kind}/${owner}`] = value;
      if (kind === 'TD') td = value;
    });
    if ((present & 8) === 0) break;
    owner = td & 0x0f;
    if (owner !== 0) tckNeeded = true;
    if (owner !== 15 && !protocols.includes(owner)) protocols.push(owner);
    present = td >>> 4;
  }
  if (protocols.length === 0) protocols.push(0);

  const k = t0 & 0x0f;
  const historical = bytes.slice(at, at + k);
  const historicalMissing = k - historical.length;
  at += historical.length;
  const tck = tckNeeded ? bytes[at] : undefined;
  let sum = 0;
  for (let i = 1; i <= at; i++) sum ^= bytes[i] ?? 0;
  const trailing = at + (tck === undefined ? 0 : 1) < bytes.length ? bytes.slice(at + (tck === undefined ? 0 : 1)) : EMPTY;

  const ta2 = found['TA2'];
  const ifsc = found['TA/1'];
  const waiting = found['TB/1'] ?? 0x4d;
  const clock = found['TA/15'];
  const compactTlv = readCompactTlv(historical);
  // Card capabilities have one to three bytes (ISO/IEC 7816-4, 8.1.1.2.7); a longer object says nothing that we know.
  const functions = compactTlv.find((item) => item.tag === 7 && item.value.length <= 3)?.value[2];
  return {
    bytes,
    convention: ts === 0x3b ? 'direct' : 'inverse',
    interfaceBytes,
    protocols,
    historical,
    historicalMissing,
    tck,
    tckVerdict: !tckNeeded ? 'not-needed' : tck === undefined ? 'missing' : sum === 0 ? 'ok' : 'wrong',
    trailing,
    ta1: found['TA1'] ?? 0x11,
    extraGuardTime: found['TC1'] ?? 0,
    specificMode: ta2 === undefined ? undefined : { protocol: ta2 & 0x0f, implicitParameters: (ta2 & 0x10) !== 0, changeable: (ta2 & 0x80) === 0 },
    waitingInteger: found['TC2'] ?? 10,
    // 00 and FF are reserved (11.4.2): 00 falls back to the default, FF to the largest, as cards that send it mean it.
    t1: {
      ifsc: ifsc === undefined || ifsc === 0 ? 32 : Math.min(ifsc, 254),
      bwi: waiting >>> 4,
      cwi: waiting & 0x0f,
      edc: ((found['TC/1'] ?? 0) & 1) === 0 ? 'lrc' : 'crc',
    },
    clockStop: clock === undefined ? undefined : clock >>> 6,
    classes: clock === undefined ? undefined : clock & 0x3f,
    compactTlv,
    capabilities: {
      chaining: functions === undefined ? undefined : (functions & 0x80) !== 0,
      extendedLength: functions === undefined ? undefined : (functions & 0x40) !== 0,
    },
  };
}
