import { type Bytes, bytes, concat } from '../../../src/codec/index.ts';

/** LRC or CRC of ISO/IEC 13239, bit by bit from text; shares nothing with the code under test. */
export function checkBytes(block: Uint8Array, edc: 'lrc' | 'crc'): number[] {
  if (edc === 'lrc') return [block.reduce((sum, octet) => sum ^ octet, 0)];
  let register = '1111111111111111';
  for (const octet of block) {
    for (let bit = 0; bit < 8; bit++) {
      const out = register[15] !== String((octet >>> bit) & 1);
      register = `0${register.slice(0, 15)}`;
      if (out) register = [...register].map((one, i) => (i === 0 || i === 5 || i === 12 ? (one === '0' ? '1' : '0') : one)).join('');
    }
  }
  const value = Number.parseInt(register, 2);
  return [value >>> 8, value & 0xff];
}

export function sealed(pcb: number, inf: Uint8Array, edc: 'lrc' | 'crc'): Bytes {
  const body = bytes([0, pcb, inf.length, ...inf]);
  return concat(body, bytes(checkBytes(body, edc)));
}

export interface T1CardOptions {
  readonly edc: 'lrc' | 'crc';
  readonly ifsc: number;
  /** S requests that the card sends before its n-th answer to a command: 'wtx' or a new IFSC. */
  readonly asks?: readonly ('wtx' | number)[];
}

/** The card's side of T=1, from ISO/IEC 7816-3, 11, for tests. Counts what it carried out. */
export class T1Card {
  readonly ran: Bytes[] = [];
  /** Largest information field that came in, and the largest that it may send. */
  longestIn = 0;
  ifsd = 32;
  #ifsc: number;
  readonly #options: T1CardOptions;
  readonly #application: (command: Bytes) => Bytes;
  #ns = 0;
  #nr = 0;
  #incoming: Bytes = bytes(0);
  #outgoing: Bytes | undefined;
  /** Length of the part in flight; -1 when no I-block of ours is waiting for an acknowledgement. */
  #inFlight = -1;
  #last: Bytes = bytes(0);
  #asks: ('wtx' | number)[] = [];
  #asked: 'wtx' | number | undefined;

  constructor(options: T1CardOptions, application: (command: Bytes) => Bytes) {
    this.#options = options;
    this.#ifsc = options.ifsc;
    this.#application = application;
  }

  /** One block in, one out. */
  receive(block: Bytes): Bytes {
    this.#last = this.#answer(block);
    return this.#last;
  }

  #block(pcb: number, inf: Uint8Array = bytes(0)): Bytes {
    return sealed(pcb, inf, this.#options.edc);
  }

  #refuse(error: number): Bytes {
    // A request of ours that got no proper answer is repeated.
    return this.#asked === undefined ? this.#block(0x80 | (this.#nr << 4) | error) : this.#last;
  }

  #answer(block: Bytes): Bytes {
    const length = block[2] ?? 0;
    const check = this.#options.edc === 'lrc' ? 1 : 2;
    if (block.length !== 3 + length + check) return this.#refuse(2);
    if (checkBytes(block.subarray(0, 3 + length), this.#options.edc).some((octet, i) => octet !== block[3 + length + i])) return this.#refuse(1);
    const pcb = block[1] ?? 0;
    const inf = block.slice(3, 3 + length);
    if (pcb === 0xc0) {
      this.#ns = this.#nr = 0;
      this.#incoming = bytes(0);
      this.#outgoing = this.#asked = undefined;
      this.#inFlight = -1;
      this.#ifsc = this.#options.ifsc;
      this.ifsd = 32;
      return this.#block(0xe0);
    }
    if (pcb === 0xc1) {
      this.ifsd = inf[0] ?? 0;
      return this.#block(0xe1, inf);
    }
    if (this.#asked !== undefined) {
      if (pcb !== (this.#asked === 'wtx' ? 0xe3 : 0xe1)) return this.#last;
      if (this.#asked !== 'wtx') this.#ifsc = this.#asked;
      this.#asked = undefined;
      return this.#ask() ?? this.#part();
    }
    if (pcb >= 0xc0) return this.#refuse(2);
    if (pcb >= 0x80) {
      const nr = (pcb >>> 4) & 1;
      if (this.#inFlight < 0) return this.#last;
      if (nr === this.#ns) return this.#part();
      const rest = (this.#outgoing ?? bytes(0)).slice(this.#inFlight);
      if (rest.length === 0) return this.#last;
      this.#outgoing = rest;
      this.#ns ^= 1;
      return this.#part();
    }
    if (pcb >>> 6 !== this.#nr || length > this.#ifsc) return this.#refuse(2);
    if (this.#inFlight >= 0) {
      this.#ns ^= 1;
      this.#inFlight = -1;
    }
    this.longestIn = Math.max(this.longestIn, length);
    this.#nr ^= 1;
    this.#incoming = concat(this.#incoming, inf);
    if ((pcb & 0x20) !== 0) return this.#block(0x80 | (this.#nr << 4));
    this.ran.push(this.#incoming);
    this.#outgoing = this.#application(this.#incoming);
    this.#incoming = bytes(0);
    this.#asks = [...(this.#options.asks ?? [])];
    return this.#ask() ?? this.#part();
  }

  #ask(): Bytes | undefined {
    this.#asked = this.#asks.shift();
    return this.#asked === undefined ? undefined : this.#asked === 'wtx' ? this.#block(0xc3, bytes([3])) : this.#block(0xc1, bytes([this.#asked]));
  }

  #part(): Bytes {
    const outgoing = this.#outgoing ?? bytes(0);
    this.#inFlight = Math.min(outgoing.length, this.ifsd);
    return this.#block((this.#ns << 6) | (this.#inFlight < outgoing.length ? 0x20 : 0), outgoing.subarray(0, this.#inFlight));
  }
}
