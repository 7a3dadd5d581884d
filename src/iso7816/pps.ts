import type { Bytes } from '../codec/bytes.ts';
import type { Atr } from './atr.ts';
import { D_BY_INDEX, DEFAULT_TA1, F_BY_INDEX } from './speeds.ts';
import { Iso7816Error } from './errors.ts';

/** What a reader says of its speeds: clock in kHz, rates in bit/s; an empty table means every rate up to the largest. */
export interface ReaderSpeeds {
  readonly clockKhz: number;
  readonly maxDataRate: number;
  readonly dataRates: readonly number[];
}

/** The protocol and speed to use, and whether a PPS exchange has to set them. */
export interface ProtocolChoice {
  readonly protocol: 0 | 1;
  /** FI and DI as in TA1. */
  readonly ta1: number;
  readonly pps: boolean;
}

const xor = (octets: Uint8Array): number => octets.reduce((sum, octet) => sum ^ octet, 0);

/** Bit/s at `clockKhz` with FI and DI of `ta1`; undefined where an index is reserved. */
export function dataRate(ta1: number, clockKhz: number): number | undefined {
  const f = F_BY_INDEX[ta1 >>> 4];
  const d = D_BY_INDEX[ta1 & 0x0f];
  return f === undefined || d === undefined ? undefined : Math.floor((clockKhz * 1000 * d) / f);
}

/** PPSS, PPS0, PPS1 unless it is the default, PCK (9.2). */
export function encodePps(protocol: 0 | 1, ta1: number): Bytes {
  const withPps1 = ta1 !== DEFAULT_TA1;
  const request = Uint8Array.from([0xff, protocol | (withPps1 ? 0x10 : 0), ...(withPps1 ? [ta1] : []), 0]);
  request[request.length - 1] = xor(request);
  return request;
}

/**
 * FI and DI in use after the card's response (9.3): those asked for, or the defaults when it left PPS1 out.
 * @throws Iso7816Error `bad-pps` for anything else: reset the card then and stay with its defaults
 */
export function acceptPps(request: Bytes, response: Bytes): number {
  const pps0 = response[1] ?? 0;
  const asked = ((request[1] ?? 0) & 0x10) !== 0;
  const answered = (pps0 & 0x10) !== 0;
  const ok =
    response.length === (answered ? 4 : 3) &&
    xor(response) === 0 &&
    response[0] === 0xff &&
    (pps0 & 0xef) === ((request[1] ?? 0) & 0x0f) &&
    (!answered || (asked && response[2] === request[2]));
  if (!ok) throw new Iso7816Error('bad-pps', `a PPS response of ${response.length} bytes that does not accept`);
  return answered ? (request[2] ?? DEFAULT_TA1) : DEFAULT_TA1;
}

/**
 * The first protocol of the card that the reader knows, at the highest speed that both carry: TA1 itself or, where it is too fast, the same
 * F with a smaller D (9.2 lets PPS1 name any D between the card's and 1).
 * @param readerProtocols as in dwProtocols: bit 0 = T=0, bit 1 = T=1
 * @throws Iso7816Error `unsupported` when they share no protocol, or a card in specific mode needs a speed that the reader lacks
 */
export function chooseProtocol(atr: Atr, readerProtocols: number, reader: ReaderSpeeds): ProtocolChoice {
  const known = (protocol: number): protocol is 0 | 1 => (protocol === 0 || protocol === 1) && (readerProtocols & (1 << protocol)) !== 0;
  const supported = (ta1: number): boolean => {
    const rate = dataRate(ta1, reader.clockKhz);
    // Readers round the rates in their tables; a whole bit/s either way is the same speed.
    return (
      rate !== undefined && rate <= reader.maxDataRate && (reader.dataRates.length === 0 || reader.dataRates.some((one) => Math.abs(one - rate) <= 1))
    );
  };
  const mode = atr.specificMode;
  if (mode !== undefined) {
    if (!known(mode.protocol)) throw new Iso7816Error('unsupported', `the reader has no T=${mode.protocol}, the only protocol of the card`);
    if (mode.implicitParameters || (atr.ta1 !== DEFAULT_TA1 && !supported(atr.ta1)))
      throw new Iso7816Error('unsupported', 'the card starts at a speed that the reader lacks');
    return { protocol: mode.protocol, ta1: atr.ta1, pps: false };
  }
  const protocol = atr.protocols.find(known);
  if (protocol === undefined) throw new Iso7816Error('unsupported', 'card and reader share no protocol');
  const base = dataRate(DEFAULT_TA1, reader.clockKhz) ?? 0;
  const largest = D_BY_INDEX[atr.ta1 & 0x0f] ?? 0;
  let best = DEFAULT_TA1;
  let bestRate = base;
  for (const [index, d] of D_BY_INDEX.entries()) {
    const ta1 = (atr.ta1 & 0xf0) | index;
    const rate = dataRate(ta1, reader.clockKhz) ?? 0;
    // D = 12 and 20 only where the card names them itself: few cards take them on the way down.
    if (d !== undefined && d <= largest && (index < 8 || ta1 === atr.ta1) && rate > bestRate && supported(ta1)) {
      best = ta1;
      bestRate = rate;
    }
  }
  return { protocol, ta1: best, pps: protocol !== atr.protocols[0] || best !== DEFAULT_TA1 };
}
