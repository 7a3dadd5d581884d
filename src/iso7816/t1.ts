import { type Bytes, EMPTY, concat, wipe } from '../codec/bytes.ts';
import { EXTENDED_NE_MAX } from './apdu.ts';
import { type Block, type Edc, PCB_R, S_ABORT, S_IFS, S_RESPONSE, S_RESYNCH, S_WTX, decodeBlock, encodeBlock } from './t1-block.ts';

/**
 * Why the machine gave up. `resynchronised`: the link works again, the command's fate is unknown; `mute`: not even RESYNCH was answered;
 * `aborted`: by the card's S(ABORT request); `too-long`: more answer than an APDU holds; `endless`: too many blocks; `ended`: after one of
 * the last three only a reset of the card helps; so it does after `hidden`: the card asks again for a block that only the reader had.
 */
export type T1Failure = 'resynchronised' | 'mute' | 'aborted' | 'too-long' | 'endless' | 'hidden' | 'ended';

/**
 * What to do next. `waitFactor`: how many BWT the answer to this block may take (11.4.3); `waiting`: the card has just asked for time.
 * `outcome` 'unknown': the command may have been carried out and must not be repeated.
 */
export type T1Step =
  | { readonly send: Bytes; readonly waitFactor: number; readonly waiting: boolean }
  | { readonly done: Bytes }
  | { readonly failed: T1Failure; readonly outcome: 'not-sent' | 'unknown' };

/** What came back for a block: its bytes, or that none or only damaged characters came. */
export type T1Event = Bytes | 'parity' | 'timeout';

const DEFAULT_IFSD = 32;
/** Attempts before other measures (11.6.3.2, rule 7.4). */
const MAX_TRIES = 3;
const MAX_BLOCKS = 65536;

type Mode = 'idle' | 'sending' | 'receiving' | 'aborting' | 'ifs' | 'resynch' | 'ended';

/**
 * The interface device's side of T=1 (ISO/IEC 7816-3, 11) over a reader that carries single blocks. Pure: no I/O, no timer.
 * Rule numbers are those of 11.6.3.2. After RESYNCH the command is not started again, though the standard allows it: whether the card
 * carried it out is not known then, and a PIN must not be tried twice.
 */
export class T1Machine {
  readonly #edc: Edc;
  readonly #atrIfsc: number;
  #ifsc: number;
  #ifsd = DEFAULT_IFSD;
  #mode: Mode = 'idle';
  /** N(S) of our I-block in flight or next to send; N(S) awaited from the card. */
  #ns = 0;
  #nr = 0;
  #command: Bytes = EMPTY;
  /** Where the I-block in flight starts and ends in the command. */
  #from = 0;
  #to = 0;
  #answer: Bytes[] = [];
  #answerBytes = 0;
  #last: Bytes = EMPTY;
  #tries = 0;
  #blocks = 0;
  #wantedIfsd = DEFAULT_IFSD;
  /** The I-block in flight was built by the reader, around a PIN that is not here. */
  #hidden = false;

  /** `ifsc` and `edc` from the ATR. */
  constructor(parameters: { readonly ifsc: number; readonly edc: Edc }) {
    this.#edc = parameters.edc;
    this.#atrIfsc = this.#ifsc = Math.min(254, Math.max(1, parameters.ifsc));
  }

  /**
   * S(IFS request) that tells the card the longest information field we take, 1..254 (rule 4). Ends with `done`, empty, also when the
   * card did not understand: then the default of 32 stays.
   */
  announceIfsd(ifsd: number): T1Step {
    if (this.#mode !== 'idle') return { failed: 'ended', outcome: 'not-sent' };
    this.#wantedIfsd = Math.min(254, Math.max(1, ifsd));
    this.#enter('ifs');
    return this.#send(S_IFS, Uint8Array.of(this.#wantedIfsd));
  }

  /** Starts one command APDU. The machine keeps a reference, not a copy, until it is done. */
  begin(command: Bytes): T1Step {
    if (this.#mode !== 'idle') return { failed: 'ended', outcome: 'not-sent' };
    this.#command = command;
    this.#to = 0;
    this.#enter('sending');
    return this.#nextPart();
  }

  /**
   * Starts a command that the reader itself puts into one I-block, `lengthBytes` of it: answers NAD, PCB and LEN for that block, which
   * counts as sent. Undefined when it needs more than one block.
   */
  beginHidden(lengthBytes: number): Bytes | undefined {
    if (this.#mode !== 'idle' || lengthBytes > this.#ifsc) return undefined;
    // Something that is no APDU but has its length: the machine only looks at where the command ends.
    this.#command = new Uint8Array(lengthBytes);
    this.#from = 0;
    this.#to = lengthBytes;
    this.#hidden = true;
    this.#enter('sending');
    return Uint8Array.of(0, this.#ns << 6, lengthBytes);
  }

  /** The reader did not send the hidden block after all: nobody typed a PIN. The sequence number is still to be used. */
  withdraw(): void {
    if (this.#hidden) this.#finish('idle');
  }

  /** Takes what came back for the block last sent. */
  receive(event: T1Event): T1Step {
    if (this.#mode === 'idle' || this.#mode === 'ended') return { failed: 'ended', outcome: 'not-sent' };
    if (++this.#blocks > MAX_BLOCKS) return this.#fail('endless');
    if (event === 'timeout') return this.#invalid(2);
    const block = event === 'parity' ? 'edc' : decodeBlock(event, this.#edc, this.#ifsd);
    if (typeof block === 'string') return this.#invalid(block === 'edc' ? 1 : 2);
    if (block.pcb < PCB_R) return this.#onI(block);
    return block.pcb < S_RESYNCH ? this.#onR((block.pcb >>> 4) & 1) : this.#onS(block);
  }

  /** True when everything of the command is in the block in flight or behind it. */
  get #lastPart(): boolean {
    return this.#to === this.#command.length;
  }

  #onI({ pcb, inf }: Block): T1Step {
    const expected = this.#mode === 'receiving' || this.#mode === 'aborting' || (this.#mode === 'sending' && this.#lastPart);
    if (!expected || pcb >>> 6 !== this.#nr) return this.#invalid(2);
    // Rule 2: an I-block acknowledges ours.
    if (this.#mode !== 'receiving') this.#ns ^= 1;
    this.#enter('receiving');
    this.#nr ^= 1;
    this.#answer.push(inf);
    this.#answerBytes += inf.length;
    if (this.#answerBytes > EXTENDED_NE_MAX + 2) return this.#fail('too-long');
    // Rule 5: the card chains; the R-block asks for the next part.
    if ((pcb & 0x20) !== 0) return this.#send(PCB_R | (this.#nr << 4));
    const done = concat(...this.#answer);
    this.#finish('idle');
    return { done };
  }

  #onR(nr: number): T1Step {
    if (this.#mode === 'aborting') {
      // Rule 8: the right to send is ours again; the command is over without an answer.
      this.#ns = nr;
      return this.#give('aborted', 'idle');
    }
    if (this.#mode === 'sending') {
      // Rule 7.1: the card asks for the I-block in flight again.
      if (nr === this.#ns) return this.#hidden ? this.#fail('hidden') : this.#again(() => this.#part());
      // Rule 5: it took the part and wants the next.
      if (!this.#lastPart) {
        this.#ns ^= 1;
        this.#tries = 0;
        return this.#nextPart();
      }
    }
    return this.#invalid(2);
  }

  #onS({ pcb, inf }: Block): T1Step {
    const response = pcb | S_RESPONSE;
    const value = inf[0] ?? 0;
    if (this.#mode === 'ifs') {
      if (pcb !== (S_IFS | S_RESPONSE) || inf.length !== 1 || value !== this.#wantedIfsd) return this.#invalid(2);
      this.#ifsd = value;
      this.#finish('idle');
      return { done: EMPTY };
    }
    if (this.#mode === 'resynch') {
      if (pcb !== (S_RESYNCH | S_RESPONSE) || inf.length !== 0) return this.#invalid(2);
      this.#ns = this.#nr = 0;
      this.#ifsc = this.#atrIfsc;
      this.#ifsd = DEFAULT_IFSD;
      if (this.#command !== EMPTY) return this.#give('resynchronised', 'idle');
      this.#finish('idle');
      return { done: EMPTY };
    }
    if (pcb === S_WTX && inf.length === 1) {
      this.#tries = 0;
      return { ...this.#send(response, inf), waitFactor: Math.max(1, value), waiting: true };
    }
    if (pcb === S_IFS && inf.length === 1 && value >= 1 && value <= 254) {
      this.#tries = 0;
      this.#ifsc = value;
      return this.#send(response, inf);
    }
    if (pcb === S_ABORT && inf.length === 0) {
      // Rule 8: the chain ends on either side; the card goes on with an R-block or its answer.
      if (this.#mode === 'receiving') this.#ns ^= 1;
      this.#dropAnswer();
      this.#enter('aborting');
      return this.#send(response);
    }
    return this.#invalid(2);
  }

  /** Rules 7.1 to 7.4 for a block that is damaged, out of place, or did not come. */
  #invalid(error: 1 | 2): T1Step {
    // Rule 7.3: a request is repeated until its response is there; rule 7.2: so is an R-block; rule 7.1: else the awaited block is asked for.
    const repeats = this.#mode === 'ifs' || this.#mode === 'resynch' || ((this.#last[1] ?? 0) & 0xc0) === PCB_R;
    return this.#again(() => (repeats ? this.#resend() : this.#send(PCB_R | (this.#nr << 4) | error)));
  }

  #again(send: () => T1Step): T1Step {
    if (++this.#tries < MAX_TRIES) return send();
    if (this.#mode === 'resynch') return this.#fail('mute');
    // Rule 7.4: after three attempts S(RESYNCH request), the interface device's alone (rule 6).
    this.#enter('resynch');
    return this.#send(S_RESYNCH);
  }

  #nextPart(): T1Step {
    this.#from = this.#to;
    this.#to = Math.min(this.#command.length, this.#from + this.#ifsc);
    return this.#part();
  }

  #part(): T1Step {
    return this.#send((this.#ns << 6) | (this.#lastPart ? 0 : 0x20), this.#command.subarray(this.#from, this.#to));
  }

  #send(pcb: number, inf: Uint8Array = EMPTY): { send: Bytes; waitFactor: number; waiting: boolean } {
    const block = encodeBlock(pcb, inf, this.#edc);
    wipe(this.#last);
    this.#last = block;
    return this.#resend();
  }

  #resend(): { send: Bytes; waitFactor: number; waiting: boolean } {
    return { send: this.#last, waitFactor: 1, waiting: false };
  }

  #enter(mode: Mode): void {
    this.#mode = mode;
    this.#tries = 0;
  }

  #finish(mode: 'idle' | 'ended'): void {
    this.#enter(mode);
    this.#dropAnswer();
    wipe(this.#last);
    this.#last = EMPTY;
    this.#command = EMPTY;
    this.#blocks = 0;
    this.#hidden = false;
  }

  #dropAnswer(): void {
    wipe(...this.#answer);
    this.#answer = [];
    this.#answerBytes = 0;
  }

  #give(failed: T1Failure, mode: 'idle' | 'ended'): T1Step {
    const outcome = this.#command === EMPTY ? 'not-sent' : 'unknown';
    this.#finish(mode);
    return { failed, outcome };
  }

  #fail(failed: T1Failure): T1Step {
    return this.#give(failed, 'ended');
  }
}
