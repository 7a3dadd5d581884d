import { type Bytes, concat, wipe } from '../codec/bytes.ts';
import {
  type ApduForm,
  type CommandApdu,
  EXTENDED_NE_MAX,
  SHORT_NC_MAX,
  SHORT_NE_MAX,
  GET_RESPONSE,
  encodeCommand,
  getResponseCla,
  parseCommand,
  parseResponse,
} from './apdu.ts';
import { Iso7816Error } from './errors.ts';
import { statusOf } from './status.ts';

/** What reader and card carry together; lengths in bytes of a whole APDU, header and status word included. */
export interface TransportOptions {
  readonly form: 'auto' | 'chain' | 'extended';
  readonly shortCommandBytes: number;
  /** 0 = the reader carries no extended APDU. */
  readonly extendedCommandBytes: number;
  readonly answerBytes: number;
  /** From the card capabilities in the ATR; undefined = the card says nothing, then only the form 'extended' tries it. */
  readonly cardTakesExtended: boolean | undefined;
  /** 6Cxx that comes up has been answered by a repetition underneath, or is about a GET RESPONSE there: the command must not go again. */
  readonly wrongLeIsFinal?: boolean;
}

export type TransportStep = { readonly send: Bytes } | { readonly done: Bytes };

const CHAINING = 0x10;
/** Most data bytes collected for one command; most GET RESPONSE commands and 6Cxx repetitions for it; most empty answers in a row. */
const MAX_DATA_BYTES = EXTENDED_NE_MAX;
const MAX_EXCHANGES = 2048;
const MAX_EMPTY = 4;

/**
 * Carries one whole command APDU over a card and reader that take one APDU at a time: command chaining (ISO/IEC 7816-4, 5.1.1.1),
 * response chaining by 61xx (5.1.3), 6Cxx repeated once. Pure: what to send goes out, what came back goes in.
 *
 * The machine wipes each APDU that it made once its response is there; {@link ApduExchange.wipe} does so after a failure. The caller's own
 * command, which {@link ApduExchange.start} returns as it is where it fits, is never wiped.
 */
export class ApduExchange {
  readonly #command: Bytes;
  readonly #apdu: CommandApdu;
  readonly #form: ApduForm;
  readonly #answerNe: number;
  readonly #unchanged: boolean;
  readonly #repeats: boolean;
  /** Data bytes of each chained part; 0 = not chained. */
  readonly #partBytes: number;
  #sentBytes = 0;
  #last: { readonly apdu: CommandApdu; readonly form: ApduForm; readonly repeatable: boolean } | undefined;
  #made: Bytes | undefined;
  readonly #collected: Bytes[] = [];
  #collectedBytes = 0;
  #exchanges = 0;
  #empty = 0;

  /** @throws Iso7816Error `bad-apdu`; `too-long` when reader and card can't carry the command in the form asked for */
  constructor(command: Bytes, options: TransportOptions) {
    const apdu = parseCommand(command);
    const { shortCommandBytes, extendedCommandBytes, cardTakesExtended } = options;
    this.#answerNe = Math.max(1, options.answerBytes - 2);
    const nc = apdu.data.length;
    const overhead = 5 + (apdu.ne > 0 ? 1 : 0);
    const header = nc === 0 ? overhead - 1 : overhead;
    const fitsShort = nc <= SHORT_NC_MAX && header + nc <= shortCommandBytes;
    // A large Ne alone does not need the extended form: the card hands out the rest by 61xx.
    const wantsExtended = !fitsShort || apdu.ne > SHORT_NE_MAX || (options.form === 'extended' && apdu.form === 'extended');
    const extendedBytes = nc + (nc === 0 ? 4 : 7) + (apdu.ne === 0 ? 0 : nc === 0 ? 3 : 2);
    const readerTakes = extendedCommandBytes >= extendedBytes;
    const extended =
      wantsExtended &&
      readerTakes &&
      (options.form === 'extended' ? cardTakesExtended !== false : options.form === 'auto' && cardTakesExtended === true);
    if (options.form === 'extended' && !fitsShort && !extended)
      throw new Iso7816Error('too-long', `an extended APDU of ${extendedBytes} bytes is more than reader and card carry`);
    this.#form = extended ? 'extended' : 'short';
    this.#partBytes = extended || fitsShort ? 0 : Math.min(SHORT_NC_MAX, shortCommandBytes - overhead);
    if (this.#partBytes <= 0 && !extended && !fitsShort) throw new Iso7816Error('too-long', `no APDU fits into ${shortCommandBytes} bytes`);
    const ne = Math.min(apdu.ne, this.#answerNe, extended ? EXTENDED_NE_MAX : SHORT_NE_MAX);
    this.#apdu = { ...apdu, ne };
    this.#repeats = options.wrongLeIsFinal !== true;
    this.#command = command;
    this.#unchanged = apdu.form === this.#form && apdu.ne === ne;
  }

  /** The first APDU to send. */
  start(): Bytes {
    if (this.#partBytes > 0) return this.#nextPart();
    this.#last = { apdu: this.#apdu, form: this.#form, repeatable: this.#repeats && this.#apdu.ne > 0 };
    return this.#unchanged ? this.#command : this.#encode(this.#apdu, this.#form);
  }

  /** Takes the response to the APDU last given out. @throws Iso7816Error `bad-answer`, `too-many-exchanges` */
  next(response: Bytes): TransportStep {
    this.wipe();
    const { data, sw } = parseResponse(response);
    if (this.#partBytes > 0 && this.#sentBytes < this.#apdu.data.length) return sw === 0x9000 ? { send: this.#nextPart() } : { done: response };
    const status = statusOf(sw);
    const last = this.#last;
    if (status.kind === 'wrong-le' && last?.repeatable === true && data.length === 0) {
      const apdu = { ...last.apdu, ne: Math.min(status.ne, this.#answerNe) };
      this.#last = { ...last, repeatable: false };
      this.#count();
      return { send: this.#encode(apdu, last.form) };
    }
    this.#collect(data);
    if (status.kind !== 'more')
      return { done: this.#collected.length === 1 ? response : concat(...this.#collected, response.subarray(response.length - 2)) };
    return { send: this.#getResponse(status.bytes) };
  }

  /** Overwrites what the machine made of the command. Call it when the exchange ends without an answer. */
  wipe(): void {
    wipe(this.#made);
    this.#made = undefined;
  }

  #encode(apdu: CommandApdu, form: ApduForm): Bytes {
    this.#made = encodeCommand(apdu, form);
    return this.#made;
  }

  #nextPart(): Bytes {
    const { data, cla, ne } = this.#apdu;
    const from = this.#sentBytes;
    this.#sentBytes = Math.min(data.length, from + this.#partBytes);
    const final = this.#sentBytes === data.length;
    const part: CommandApdu = { ...this.#apdu, cla: final ? cla : cla | CHAINING, data: data.subarray(from, this.#sentBytes), ne: final ? ne : 0 };
    // The last part alone is not the command: a 6Cxx there goes to the caller.
    this.#last = { apdu: part, form: 'short', repeatable: false };
    return this.#encode(part, 'short');
  }

  #collect(data: Bytes): void {
    this.#empty = data.length === 0 ? this.#empty + 1 : 0;
    this.#collectedBytes += data.length;
    if (this.#collectedBytes > MAX_DATA_BYTES) throw new Iso7816Error('bad-answer', `more than ${MAX_DATA_BYTES} bytes of answer`);
    this.#collected.push(data);
  }

  #count(): void {
    if (++this.#exchanges > MAX_EXCHANGES || this.#empty > MAX_EMPTY)
      throw new Iso7816Error('too-many-exchanges', `the answer does not end after ${this.#exchanges} more commands`);
  }

  #getResponse(bytes: number): Bytes {
    this.#count();
    const apdu: CommandApdu = {
      cla: getResponseCla(this.#apdu.cla),
      ins: GET_RESPONSE,
      p1: 0,
      p2: 0,
      data: new Uint8Array(0),
      ne: Math.min(bytes, this.#answerNe),
    };
    this.#last = { apdu, form: 'short', repeatable: this.#repeats };
    return this.#encode(apdu, 'short');
  }
}
