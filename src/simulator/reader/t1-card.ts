import { type Bytes, type Clock, concat, EMPTY, equal } from '../../codec/index.ts';
import type { CardContacts } from './exchange-level.ts';

/** How a simulated card behaves in T=1. */
export interface T1Options {
  /** Information field size that the card takes (IFSC). */
  readonly ifsc: number;
  /** Error detection by CRC instead of LRC. */
  readonly crc: boolean;
  readonly clock: Clock;
  /** The card asks for more time each time this has passed (S(WTX request)); null = it never asks. */
  readonly waitingTimeMs: number | null;
  /** How many waiting times it asks for at once; 1 unless given. */
  readonly wtxMultiplier?: number;
  /** The card asks for another IFSC, once. */
  readonly requestsIfsc: number | null;
  /** When it does: before its first answer, or instead of acknowledging the first part of a chain of the host's. */
  readonly requestsIfscAt?: 'answer' | 'chain';
  /** The card ends, once, a chain by S(ABORT request): the host's command after its first part, or its own answer. */
  readonly aborts?: 'command' | 'answer';
  /** S(IFS request) silences the card until it is reset. */
  readonly breaksOnIfs?: boolean;
}

const RESYNCH = 0;
const IFS = 1;
const ABORT = 2;
const WTX = 3;
const requestOf = (kind: number): number => 0xc0 | kind;
const responseOf = (kind: number): number => 0xe0 | kind;
const EDC_ERROR = 1;
const OTHER_ERROR = 2;

/** Longitudinal redundancy code, or the 16-bit CRC of ISO/IEC 13239, high byte first (ISO/IEC 7816-3, 11.3.4). */
export function errorDetectionCode(block: Uint8Array, crc: boolean): Bytes {
  if (!crc) return Uint8Array.of(block.reduce((sum, octet) => sum ^ octet, 0));
  let value = 0xffff;
  for (const octet of block) {
    value ^= octet;
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 0 ? value >> 1 : (value >> 1) ^ 0x8408;
  }
  return Uint8Array.of(value >> 8, value & 0xff);
}

/** The card's end of T=1 (ISO/IEC 7816-3, 11): one block in, one block out. */
export class T1Card {
  readonly #card: CardContacts;
  readonly #options: T1Options;
  /** N(S) of the next I-block of either side. */
  #theirs = 0;
  #ours = 0;
  #ifsd = 32;
  #ifsc: number;
  #command: Bytes[] = [];
  /** Rest of the answer in transmission; null when nothing is to be sent. */
  #answer: Bytes | null = null;
  #work: Promise<Bytes> | null = null;
  #last: Bytes = EMPTY;
  #lastI: { readonly number: number; readonly block: Bytes } | null = null;
  /** The request of ours that waits for its response, and its information field. */
  #awaited: { readonly kind: number; readonly inf: Bytes } | null = null;
  #ifsAsked = false;
  #aborted = false;
  #broken = false;

  constructor(card: CardContacts, options: T1Options) {
    this.#card = card;
    this.#options = options;
    this.#ifsc = options.ifsc;
  }

  async exchange(block: Bytes): Promise<Bytes> {
    if (this.#options.breaksOnIfs === true && block[1] === requestOf(IFS)) this.#broken = true;
    if (this.#broken) return EMPTY;
    this.#last = await this.#answerTo(block);
    return this.#last;
  }

  #block(pcb: number, inf: Bytes = EMPTY): Bytes {
    const body = concat(Uint8Array.of(0, pcb, inf.length), inf);
    return concat(body, errorDetectionCode(body, this.#options.crc));
  }

  #receiveReady(error = 0): Bytes {
    return this.#block(0x80 | (this.#theirs << 4) | error);
  }

  async #answerTo(block: Bytes): Promise<Bytes> {
    const edcBytes = this.#options.crc ? 2 : 1;
    const length = block[2] ?? 0;
    const body = block.slice(0, 3 + length);
    if (block.length !== 3 + length + edcBytes || errorDetectionCode(body, this.#options.crc).some((octet, i) => octet !== block[3 + length + i]))
      return this.#receiveReady(EDC_ERROR);
    const pcb = block[1] ?? 0;
    const inf = body.slice(3);
    if ((pcb & 0xc0) === 0xc0) return this.#supervisory(pcb, inf);
    if (this.#awaited !== null) return this.#last; // only the response to our request may come now: ask again
    if ((pcb & 0x80) === 0x80) return this.#receiveReadyCame((pcb >> 4) & 1, length);
    return this.#information(pcb, inf);
  }

  async #supervisory(pcb: number, inf: Bytes): Promise<Bytes> {
    const kind = pcb & 0x1f;
    if ((pcb & 0x20) !== 0) {
      // A response carries the field of its request (11.3.2.2).
      if (kind !== this.#awaited?.kind || !equal(inf, this.#awaited.inf)) return this.#receiveReady(OTHER_ERROR);
      this.#awaited = null;
      if (kind === IFS) this.#ifsc = inf[0] ?? this.#ifsc;
      if (this.#work !== null) return this.#whenDone(this.#work, inf[0] ?? 1);
      // Amid the host's chain, and after an abort, the R-block gives the right to send back (rules 5 and 8).
      return this.#answer === null ? this.#receiveReady() : this.#nextPart();
    }
    if (kind === RESYNCH && inf.length === 0) {
      this.#start();
      return this.#block(responseOf(RESYNCH));
    }
    if (kind === IFS && inf.length === 1 && (inf[0] ?? 0) !== 0 && inf[0] !== 0xff) {
      this.#ifsd = inf[0] ?? 32;
      return this.#block(responseOf(IFS), inf);
    }
    if (kind === ABORT && inf.length === 0) {
      this.#command = [];
      this.#answer = null;
      return this.#block(responseOf(ABORT));
    }
    return this.#receiveReady(OTHER_ERROR);
  }

  #receiveReadyCame(number: number, length: number): Bytes {
    if (length !== 0) return this.#receiveReady(OTHER_ERROR);
    if (this.#lastI !== null && this.#lastI.number === number) return this.#lastI.block;
    if (this.#lastI !== null && this.#answer !== null) return this.#abortOf('answer') ?? this.#nextPart();
    return this.#last.length > 0 ? this.#last : this.#receiveReady(OTHER_ERROR);
  }

  async #information(pcb: number, inf: Bytes): Promise<Bytes> {
    if ((pcb & 0x1f) !== 0 || ((pcb >> 6) & 1) !== this.#theirs || inf.length > this.#ifsc) return this.#receiveReady(OTHER_ERROR);
    this.#theirs ^= 1;
    this.#answer = null;
    this.#lastI = null;
    this.#command.push(inf);
    if ((pcb & 0x20) !== 0) return this.#abortOf('command') ?? this.#ifsRequestAt('chain') ?? this.#receiveReady();
    const apdu = concat(...this.#command);
    this.#command = [];
    return this.#whenDone(this.#card(apdu));
  }

  #request(kind: number, inf: Bytes = EMPTY): Bytes {
    this.#awaited = { kind, inf };
    return this.#block(requestOf(kind), inf);
  }

  /** S(ABORT request) where the card is to end a chain of this kind and has not ended one yet. */
  #abortOf(chain: 'command' | 'answer'): Bytes | undefined {
    if (this.#options.aborts !== chain || this.#aborted) return undefined;
    this.#aborted = true;
    this.#command = [];
    this.#answer = null;
    this.#lastI = null;
    return this.#request(ABORT);
  }

  #ifsRequestAt(moment: 'answer' | 'chain'): Bytes | undefined {
    const { requestsIfsc, requestsIfscAt = 'answer' } = this.#options;
    if (requestsIfsc === null || requestsIfscAt !== moment || this.#ifsAsked) return undefined;
    this.#ifsAsked = true;
    return this.#request(IFS, Uint8Array.of(requestsIfsc));
  }

  /** The first block of the answer, or a request for more time when the card is not ready; `granted` = waiting times that it has now. */
  async #whenDone(work: Promise<Bytes>, granted = 1): Promise<Bytes> {
    const over = new AbortController();
    const { waitingTimeMs, clock } = this.#options;
    const waiting = waitingTimeMs === null ? new Promise<void>(() => {}) : clock.sleep(waitingTimeMs * granted, over.signal);
    const late = waiting.then(
      () => null,
      () => null,
    );
    const answer = await Promise.race([work, late]);
    over.abort();
    if (answer === null) {
      this.#work = work;
      return this.#request(WTX, Uint8Array.of(this.#options.wtxMultiplier ?? 1));
    }
    this.#work = null;
    this.#answer = answer;
    return this.#ifsRequestAt('answer') ?? this.#nextPart();
  }

  #nextPart(): Bytes {
    const answer = this.#answer ?? EMPTY;
    const part = answer.slice(0, this.#ifsd);
    const rest = answer.slice(part.length);
    this.#answer = rest.length === 0 ? null : rest;
    const number = this.#ours;
    this.#ours ^= 1;
    const block = this.#block((number << 6) | (rest.length === 0 ? 0 : 0x20), part);
    this.#lastI = { number, block };
    return block;
  }

  #start(): void {
    this.#theirs = 0;
    this.#ours = 0;
    this.#ifsd = 32;
    this.#ifsc = this.#options.ifsc;
    this.#command = [];
    this.#answer = null;
    this.#work = null;
    this.#lastI = null;
    this.#awaited = null;
  }
}
