import { type Bytes, concat, EMPTY, equal } from '../../codec/index.ts';
import type { CardContacts } from './exchange-level.ts';

const sw = (sw1: number, sw2: number): Bytes => Uint8Array.of(sw1, sw2 & 0xff);
const GET_RESPONSE = 0xc0;
const ENVELOPE = 0xc2;

/**
 * The card's end of T=0 (ISO/IEC 7816-3, 10 and 12.2): command TPDUs in, data and status out. A TPDU carries data one way only,
 * so the answer to a command with data waits for GET RESPONSE, and a wrong P3 is told by 6Cxx.
 */
export class T0Card {
  readonly #card: CardContacts;
  /** Answer data that the terminal has not fetched, and the status that follows them. */
  #held: { data: Bytes; readonly status: Bytes } | null = null;
  /** The command that was told the right length, and its answer. */
  #told: { readonly header: Bytes; readonly answer: Bytes } | null = null;

  readonly #takesEnvelope: boolean;
  /** What ENVELOPE has brought so far. */
  #enveloped: Bytes = EMPTY;

  constructor(card: CardContacts, takesEnvelope = false) {
    this.#card = card;
    this.#takesEnvelope = takesEnvelope;
  }

  async exchange(tpdu: Bytes): Promise<Bytes> {
    const header = tpdu.slice(0, 4);
    const p3 = tpdu[4] ?? 0;
    if (tpdu.length < 4 || (tpdu.length > 5 && tpdu.length !== 5 + p3)) return sw(0x67, 0x00);
    if (tpdu[1] === GET_RESPONSE && this.#held !== null) return this.#fetch(p3 === 0 ? 256 : p3);
    this.#held = null;
    if (tpdu.length > 5) {
      const command = this.#takesEnvelope && tpdu[1] === ENVELOPE ? this.#put(tpdu.slice(5)) : tpdu;
      if (command === null) return sw(0x90, 0x00);
      const answer = await this.#card(command);
      this.#told = null;
      const data = answer.slice(0, -2);
      if (data.length === 0) return answer;
      this.#held = { data, status: answer.slice(-2) };
      return sw(0x61, data.length);
    }
    const expected = p3 === 0 ? 256 : p3;
    const told = this.#told;
    this.#told = null;
    const answer = told !== null && equal(told.header, header) && told.answer.length - 2 === expected ? told.answer : await this.#card(tpdu);
    const bytes = answer.length - 2;
    if (tpdu.length === 4 || bytes === 0 || bytes === expected) return answer;
    if (bytes > expected) {
      this.#held = { data: answer.slice(expected, -2), status: answer.slice(-2) };
      return concat(answer.slice(0, expected), sw(0x61, this.#held.data.length));
    }
    this.#told = { header, answer };
    return sw(0x6c, bytes);
  }

  /** Segments of an extended command put together: the command when Lc says that it is whole (ISO/IEC 7816-3, 12.2.7). */
  #put(segment: Bytes): Bytes | null {
    this.#enveloped = concat(this.#enveloped, segment);
    const all = this.#enveloped;
    const extended = all.length >= 7 && all[4] === 0;
    if (!extended || all.length < 7 + (((all[5] ?? 0) << 8) | (all[6] ?? 0))) return null;
    this.#enveloped = EMPTY;
    return all;
  }

  #fetch(expected: number): Bytes {
    const { data, status } = this.#held ?? { data: EMPTY, status: EMPTY };
    if (expected > data.length) return sw(0x6c, data.length);
    const rest = data.slice(expected);
    this.#held = rest.length === 0 ? null : { data: rest, status };
    return concat(data.slice(0, expected), rest.length === 0 ? status : sw(0x61, Math.min(rest.length, 256)));
  }
}
