import { type Bytes, EMPTY, concat } from '../../codec/index.ts';
import { SLOT_ERROR, badDataByte } from './messages.ts';

/** The reader's way to the powered card: one command APDU in, the card's answer out. */
export type CardContacts = (apdu: Bytes) => Promise<Bytes>;

/** Result of one XfrBlock. */
export type Exchanged = { readonly abData: Bytes; readonly bChainParameter: number } | { readonly bError: number };

/** What an exchange level makes of XfrBlock messages. One object per power-on: it holds the state of a chain. */
export interface Level {
  exchange(abData: Bytes, wLevelParameter: number, bBWI: number): Promise<Exchanged>;
}

const smallestApduBytes = 4;
/** CLA INS P1 P2, Lc, 255 bytes of data, Le. */
const largestShortApduBytes = 261;
/** Extended: header, 3 bytes of Lc, 65535 of data, 2 of Le. */
const largestExtendedApduBytes = 65544;

/** wLevelParameter and bChainParameter (CCID 1.1, 6.1.4 and 6.2.1). */
const CHAIN = { WHOLE: 0x00, BEGINS: 0x01, ENDS: 0x02, CONTINUES: 0x03, NEXT_PLEASE: 0x10 } as const;

/** Short APDU level: abData is one APDU each way, wLevelParameter is nought. */
export class ShortApduLevel implements Level {
  readonly #card: CardContacts;
  readonly #largestAnswerBytes: number;

  constructor(card: CardContacts, maxMessageBytes: number) {
    this.#card = card;
    this.#largestAnswerBytes = maxMessageBytes - 10;
  }

  async exchange(abData: Bytes, wLevelParameter: number): Promise<Exchanged> {
    if (wLevelParameter !== 0) return { bError: SLOT_ERROR.BAD_LEVEL_PARAMETER };
    if (abData.length < smallestApduBytes || abData.length > largestShortApduBytes) return { bError: SLOT_ERROR.BAD_LENGTH };
    // Lc 00 with something behind it is the extended form, which this level does not carry.
    if (abData.length > 5 && abData[4] === 0) return { bError: badDataByte(4) };
    const answer = await this.#card(abData);
    if (answer.length > this.#largestAnswerBytes) return { bError: SLOT_ERROR.XFR_OVERRUN };
    return { abData: answer, bChainParameter: CHAIN.WHOLE };
  }
}

/** Short and extended APDU level: an APDU may come and go in parts (CCID 1.1, 6.1.4). */
export class ExtendedApduLevel implements Level {
  readonly #card: CardContacts;
  readonly #partBytes: number;
  readonly #largestBytes: number;
  #command: Bytes[] = [];
  #answer: Bytes = EMPTY;

  constructor(card: CardContacts, maxMessageBytes: number, shortOnly = false) {
    this.#card = card;
    this.#partBytes = maxMessageBytes - 10;
    this.#largestBytes = shortOnly ? largestShortApduBytes : largestExtendedApduBytes;
  }

  async exchange(abData: Bytes, wLevelParameter: number): Promise<Exchanged> {
    if (wLevelParameter === CHAIN.NEXT_PLEASE) {
      if (abData.length > 0 || this.#answer.length === 0) return { bError: SLOT_ERROR.BAD_LEVEL_PARAMETER };
      return this.#nextPart(CHAIN.CONTINUES, CHAIN.ENDS);
    }
    this.#answer = EMPTY;
    const begins = wLevelParameter === CHAIN.WHOLE || wLevelParameter === CHAIN.BEGINS;
    const known = begins || wLevelParameter === CHAIN.ENDS || wLevelParameter === CHAIN.CONTINUES;
    if (!known || begins !== (this.#command.length === 0)) {
      this.#command = [];
      return { bError: SLOT_ERROR.BAD_LEVEL_PARAMETER };
    }
    this.#command.push(abData);
    if (wLevelParameter === CHAIN.BEGINS || wLevelParameter === CHAIN.CONTINUES) return { abData: EMPTY, bChainParameter: CHAIN.NEXT_PLEASE };
    const apdu = concat(...this.#command);
    this.#command = [];
    if (apdu.length < smallestApduBytes || apdu.length > this.#largestBytes) return { bError: SLOT_ERROR.BAD_LENGTH };
    this.#answer = await this.#card(apdu);
    return this.#nextPart(CHAIN.BEGINS, CHAIN.WHOLE);
  }

  #nextPart(more: number, last: number): Exchanged {
    const part = this.#answer.slice(0, this.#partBytes);
    this.#answer = this.#answer.slice(part.length);
    return { abData: part, bChainParameter: this.#answer.length > 0 ? more : last };
  }
}
