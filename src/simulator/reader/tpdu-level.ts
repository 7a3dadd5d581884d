import { type Bytes, EMPTY } from '../../codec/index.ts';
import type { AtrFacts } from './atr.ts';
import type { CardContacts, Exchanged, Level } from './exchange-level.ts';
import { SLOT_ERROR } from './messages.ts';
import { T0Card } from './t0-card.ts';
import { T1Card, type T1Options } from './t1-card.ts';

const PPSS = 0xff;

/** What the reader's side of the line needs to know at each exchange. */
export interface Line {
  /** Protocol that the reader's parameters are set for. */
  readonly bProtocolNum: () => number;
  /** False where the reader does not keep to the speed that it was told. */
  readonly inTune: () => boolean;
  /** T=1: resolves when the card has had all its time for a block; never where nobody watches. */
  readonly timeIsUp: (bBWI: number, signal: AbortSignal) => Promise<void>;
}

/** TPDU level: abData is one T=0 TPDU or one T=1 block each way, and PPS goes through as it is (CCID 1.1, 3.2). */
export class TpduLevel implements Level {
  readonly #atr: AtrFacts;
  readonly #line: Line;
  readonly #t0: T0Card;
  readonly #t1: T1Card;
  /** Protocol the card runs: its first offer, until PPS says otherwise. */
  #protocol: number;
  #ppsPossible: boolean;

  constructor(card: CardContacts, atr: AtrFacts, line: Line, t1: T1Options, takesEnvelope: boolean) {
    this.#atr = atr;
    this.#line = line;
    this.#protocol = atr.ta2 === null ? (atr.protocols[0] ?? 0) : atr.ta2 & 15;
    this.#ppsPossible = atr.ta2 === null;
    this.#t0 = new T0Card(card, takesEnvelope);
    this.#t1 = new T1Card(card, t1);
  }

  async exchange(abData: Bytes, _wLevelParameter = 0, bBWI = 0): Promise<Exchanged> {
    if (abData[0] === PPSS && this.#ppsPossible) return this.#pps(abData);
    this.#ppsPossible = false;
    // Reader and card speak different protocols: the card hears noise and stays mute.
    if (this.#line.bProtocolNum() !== this.#protocol || !this.#line.inTune() || abData.length === 0) return { bError: SLOT_ERROR.ICC_MUTE };
    const answer = await (this.#protocol === 1 ? this.#inTime(this.#t1.exchange(abData), bBWI) : this.#t0.exchange(abData));
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

  /** The reader itself does PPS, when it changes its parameters (dwFeatures 0x80). */
  select(protocol: number): boolean {
    if (protocol === this.#protocol) return true;
    if (!this.#ppsPossible || !this.#atr.protocols.includes(protocol)) return false;
    this.#protocol = protocol;
    return true;
  }

  /** PPS request and response (ISO/IEC 7816-3, 9): the card echoes what it agrees to, and is mute to what it does not. */
  #pps(request: Bytes): Exchanged {
    this.#ppsPossible = false;
    const pps0 = request[1] ?? 0;
    const optional = [0x10, 0x20, 0x40].filter((bit) => (pps0 & bit) !== 0).length;
    const sum = request.reduce((total, octet) => total ^ octet, 0);
    const pps1 = (pps0 & 0x10) === 0 ? 0x11 : (request[2] ?? 0);
    const fits =
      request.length === 3 + optional &&
      sum === 0 &&
      this.#atr.protocols.includes(pps0 & 15) &&
      (pps1 === this.#atr.ta1 || pps1 === 0x11 || pps1 >> 4 === this.#atr.ta1 >> 4);
    if (!fits) return { bError: SLOT_ERROR.ICC_MUTE };
    this.#protocol = pps0 & 15;
    return { abData: request, bChainParameter: 0 };
  }
}
