import { type Bytes, EMPTY, concat, wipe } from '../codec/bytes.ts';
import { type CommandApdu, SHORT_NC_MAX, SHORT_NE_MAX, GET_RESPONSE, getResponseCla, parseCommand, parseResponse } from './apdu.ts';
import { Iso7816Error } from './errors.ts';
import { statusOf } from './status.ts';
import type { TransportStep } from './transport.ts';

const ENVELOPE = 0xc2;
/** Most TPDUs for one APDU: a long ENVELOPE series and as many GET RESPONSE, with room for 6Cxx. */
const MAX_EXCHANGES = 1024;
/** Extended Le behind data (ISO/IEC 7816-3, 12.1.3). */
const LE_BYTES = 2;

/**
 * One command APDU over T=0 (ISO/IEC 7816-3, 12.2), for a reader at TPDU level: it moves the header, the procedure bytes and the data,
 * and hands back data and SW1 SW2. Pure, same shape as ApduExchange, which stands above and collects what exceeds Ne.
 */
export class T0Exchange {
  readonly #apdu: CommandApdu;
  /** What ENVELOPE carries, when the command is too long for one TPDU; else undefined. */
  readonly #envelope: Bytes | undefined;
  /** Bytes of the command in each ENVELOPE. */
  readonly #segmentBytes: number;
  #enveloped = 0;
  #collected: Bytes = EMPTY;
  /** The header to repeat with the right Le on 6Cxx, once. */
  #repeatable: readonly number[] | undefined;
  /** Case 4: the answer to the part with data was 9000 and the data are being fetched. */
  #fetching: Bytes | undefined;
  #fetchedOnce = false;
  #exchanges = 0;
  #made: Bytes | undefined;

  /**
   * `segmentBytes`: what the reader takes of a command in one ENVELOPE, 255 at most.
   * @throws Iso7816Error `bad-apdu`, also for INS 6x and 9x, which T=0 takes for status bytes (10.3.2)
   */
  constructor(command: Bytes, segmentBytes: number = SHORT_NC_MAX) {
    this.#apdu = parseCommand(command);
    const high = this.#apdu.ins & 0xf0;
    if (high === 0x60 || high === 0x90) throw new Iso7816Error('bad-apdu', 'INS 6x and 9x are invalid over T=0');
    this.#envelope = this.#apdu.data.length > segmentBytes ? command : undefined;
    // The card tells the end of the command by its Lc: a segment that holds Le alone would come when it has begun already.
    let segment = segmentBytes;
    while (segment > LE_BYTES && (command.length - 1) % segment < LE_BYTES) segment--;
    this.#segmentBytes = segment;
  }

  start(): Bytes {
    const { cla, ins, p1, p2, data, ne } = this.#apdu;
    if (this.#envelope !== undefined) return this.#nextEnvelope(this.#envelope);
    // 12.2.5: case 4 goes as case 3, its Le to GET RESPONSE. Case 1 is sent without P3, which CCID readers add themselves.
    if (data.length > 0) return this.#send([cla, ins, p1, p2, data.length], data);
    if (ne === 0) return this.#send([cla, ins, p1, p2]);
    this.#repeatable = [cla, ins, p1, p2];
    return this.#send([cla, ins, p1, p2, Math.min(ne, SHORT_NE_MAX) & 0xff]);
  }

  /** @throws Iso7816Error `bad-answer`, `too-many-exchanges` */
  next(response: Bytes): TransportStep {
    this.wipe();
    const { data, sw } = parseResponse(response);
    const { cla, ne } = this.#apdu;
    // 12.2.7: anything but 9000 to an ENVELOPE that is not the last ends the series, 6D00 where the card knows no ENVELOPE.
    if (this.#envelope !== undefined && this.#enveloped < this.#envelope.length)
      return sw === 0x9000 ? { send: this.#nextEnvelope(this.#envelope) } : { done: response };
    const status = statusOf(sw);
    if (status.kind === 'wrong-le' && this.#repeatable !== undefined && data.length === 0) {
      const header = this.#repeatable;
      this.#repeatable = undefined;
      return { send: this.#send([...header, sw & 0xff]) };
    }
    const fetched = this.#fetching;
    if (fetched !== undefined) {
      this.#fetching = undefined;
      // Nothing to fetch after all: what the command answered stands.
      if (status.kind === 'error' || status.kind === 'wrong-le') return { done: fetched };
    }
    this.#collected = concat(this.#collected, data);
    const missing = ne - this.#collected.length;
    const more =
      status.kind === 'more' ? status.bytes : status.kind === 'done' && !this.#fetchedOnce && this.#apdu.data.length > 0 ? SHORT_NE_MAX : 0;
    if (more === 0 || missing <= 0) return { done: concat(this.#collected, response.subarray(response.length - 2)) };
    if (status.kind === 'done') this.#fetching = response;
    this.#fetchedOnce = true;
    this.#repeatable = [getResponseCla(cla), GET_RESPONSE, 0, 0];
    return { send: this.#send([...this.#repeatable, Math.min(more, missing, SHORT_NE_MAX) & 0xff]) };
  }

  /** Overwrites what was made of the command. Call it when the exchange ends without an answer. */
  wipe(): void {
    wipe(this.#made);
    this.#made = undefined;
  }

  #nextEnvelope(command: Bytes): Bytes {
    const part = command.subarray(this.#enveloped, this.#enveloped + this.#segmentBytes);
    this.#enveloped += part.length;
    return this.#send([this.#apdu.cla & ~0x10, ENVELOPE, 0, 0, part.length], part);
  }

  #send(header: readonly number[], data: Bytes = EMPTY): Bytes {
    if (++this.#exchanges > MAX_EXCHANGES) throw new Iso7816Error('too-many-exchanges', `no end after ${MAX_EXCHANGES} TPDUs`);
    this.#made = concat(Uint8Array.from(header), data);
    return this.#made;
  }
}
