import { type Bytes, EMPTY } from '../../codec/index.ts';
import type { AtrFacts } from './atr.ts';
import type { CardContacts, Exchanged, Level } from './exchange-level.ts';
import { HEADER_BYTES, SLOT_ERROR } from './messages.ts';
import { sameSpeed, startFiDi } from './parameters.ts';
import { T0Card } from './t0-card.ts';
import { T1Card, type T1Options } from './t1-card.ts';

const PPSS = 0xff;

/** What the reader's side of the line needs to know at each exchange. */
export interface Line {
  /** Protocol that the reader's parameters are set for. */
  readonly bProtocolNum: () => number;
  /** Whether the reader sends at the speed of a card with these FI and DI. */
  readonly inTune: (fiDi: number) => boolean;
  /** T=1: resolves when the card has had all its time for a block; never where nobody watches. */
  readonly timeIsUp: (bBWI: number, signal: AbortSignal) => Promise<void>;
}

/** What a card makes of a PPS request that it could accept (ISO/IEC 7816-3, 9.3); to one that it can't it is mute. */
export type PpsAnswer = 'echo' | 'without-pps1' | 'mute';

/** How cards behave, beside their ATR, and what fits into one message of the reader. */
export interface TpduOptions {
  readonly t1: T1Options;
  readonly takesEnvelope: boolean;
  readonly ppsAnswer: PpsAnswer;
  readonly maxMessageBytes: number;
}

/** TPDU level: abData is one T=0 TPDU or one T=1 block each way, and PPS goes through as it is (CCID 1.1, 3.2). */
export class TpduLevel implements Level {
  readonly #atr: AtrFacts;
  readonly #line: Line;
  readonly #options: TpduOptions;
  readonly #t0: T0Card;
  readonly #t1: T1Card;
  /** Protocol the card runs: its first offer, until PPS says otherwise. */
  #protocol: number;
  #ppsPossible: boolean;
  /** FI and DI that the card works at. */
  #fiDi: number;
  /** After a PPS request that it did not accept the card waits for a reset (ISO/IEC 7816-3, 9.3). */
  #refused = false;

  constructor(card: CardContacts, atr: AtrFacts, line: Line, options: TpduOptions) {
    this.#atr = atr;
    this.#line = line;
    this.#options = options;
    this.#protocol = atr.ta2 === null ? (atr.protocols[0] ?? 0) : atr.ta2 & 15;
    this.#ppsPossible = atr.ta2 === null;
    this.#fiDi = startFiDi(atr);
    this.#t0 = new T0Card(card, options.takesEnvelope);
    this.#t1 = new T1Card(card, options.t1);
  }

  async exchange(abData: Bytes, _wLevelParameter = 0, bBWI = 0): Promise<Exchanged> {
    if (abData[0] === PPSS && this.#ppsPossible) return this.#pps(abData);
    this.#ppsPossible = false;
    // Reader and card speak different protocols or at different speeds: the card hears noise and stays mute.
    const hears = !this.#refused && this.#line.bProtocolNum() === this.#protocol && this.#line.inTune(this.#fiDi);
    if (!hears || abData.length === 0) return { bError: SLOT_ERROR.ICC_MUTE };
    const answer = await (this.#protocol === 1 ? this.#inTime(this.#t1.exchange(abData), bBWI) : this.#t0.exchange(abData));
    if (answer.length > this.#options.maxMessageBytes - HEADER_BYTES) return { bError: SLOT_ERROR.XFR_OVERRUN };
    return answer.length === 0 ? { bError: SLOT_ERROR.ICC_MUTE } : { abData: answer, bChainParameter: 0 };
  }

  async #inTime(block: Promise<Bytes>, bBWI: number): Promise<Bytes> {
    const over = new AbortController();
    const late = this.#line.timeIsUp(Math.max(1, bBWI), over.signal).then(() => EMPTY);
    try {
      return await Promise.race([block, late]);
    } finally {
      over.abort();
    }
  }

  /** The reader itself does PPS, when it changes its parameters (dwFeatures 0x40 and 0x80). */
  select(protocol: number, fiDi: number): boolean {
    if (protocol === this.#protocol && sameSpeed(fiDi, this.#fiDi)) return true;
    if (!this.#ppsPossible || this.#options.ppsAnswer !== 'echo' || !this.#offers(protocol, fiDi)) return false;
    this.#protocol = protocol;
    this.#fiDi = fiDi;
    return true;
  }

  #offers(protocol: number, fiDi: number): boolean {
    const { protocols, ta1 } = this.#atr;
    return protocols.includes(protocol) && (fiDi === 0x11 || fiDi >> 4 === ta1 >> 4);
  }

  /** PPS request and response (ISO/IEC 7816-3, 9): the card echoes what it agrees to, and is mute to what it does not. */
  #pps(request: Bytes): Exchanged {
    this.#ppsPossible = false;
    const pps0 = request[1] ?? 0;
    const optional = [0x10, 0x20, 0x40].filter((bit) => (pps0 & bit) !== 0).length;
    const sum = request.reduce((total, octet) => total ^ octet, 0);
    const pps1 = (pps0 & 0x10) === 0 ? 0x11 : (request[2] ?? 0);
    const fits = request.length === 3 + optional && sum === 0 && this.#offers(pps0 & 15, pps1);
    this.#refused = !fits || this.#options.ppsAnswer === 'mute';
    if (this.#refused) return { bError: SLOT_ERROR.ICC_MUTE };
    this.#protocol = pps0 & 15;
    // Without PPS1 in the response the defaults stay (9.3).
    if (this.#options.ppsAnswer === 'without-pps1') return { abData: Uint8Array.of(PPSS, pps0 & 15, PPSS ^ (pps0 & 15)), bChainParameter: 0 };
    this.#fiDi = pps1;
    return { abData: request, bChainParameter: 0 };
  }
}
