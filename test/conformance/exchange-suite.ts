import { type Bytes, concat, EMPTY, toHex } from '../../src/codec/index.ts';
import type { Fault, SimulatedCard, SimulatedReaderOptions } from '../../src/simulator/index.ts';
import { EchoCard, echoAtr, t0Atr } from './echo-card.ts';

/** A reader level and a card protocol. */
export interface SuiteReader {
  readonly name: string;
  readonly options: SimulatedReaderOptions;
  readonly card: () => SuiteCard;
  /** Whether one APDU may have extended length from end to end. */
  readonly extended: boolean;
  /** Something that happens to every block, and that the host must bear. */
  readonly fault?: Fault;
  /** Payload sizes, where not all are tried. */
  readonly sizes?: readonly number[];
}

/** One whole command with the answer that the card must be seen to give. */
export interface SuiteCase {
  readonly name: string;
  readonly command: Bytes;
  readonly answer: Bytes;
}

/** Octets that tell their place, so that a lost, doubled or exchanged part shows; `salt` tells one case from another. */
export function pattern(length: number, salt: number): Bytes {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8) + salt) & 0xff);
}

const GIVE = 0xca;
const TAKE = 0xef;
const ECHO = 0xee;

/**
 * Adds to the echo card: INS CA gives as many bytes as P1 P2 say, INS EF takes data and answers how much and what it was as four bytes
 * where the command asks for an answer, and 9000 alone where not.
 */
export class SuiteCard extends EchoCard {
  #parts: Bytes = EMPTY;
  #left: Bytes = EMPTY;

  override reset(kind: 'cold' | 'warm' | 'off'): void {
    super.reset(kind);
    this.#parts = this.#left = EMPTY;
  }

  override async transmit(command: Bytes): Promise<Bytes> {
    const [cla = 0, ins = 0, p1 = 0, p2 = 0] = command;
    if (ins === 0xc0 && this.#left.length > 0) return this.#hand(command[4] === 0 ? 256 : (command[4] ?? 0));
    this.#left = EMPTY;
    if (ins === GIVE) {
      const extended = command.length === 7;
      const le = extended ? ((command[5] ?? 0) << 8) | (command[6] ?? 0) : (command[4] ?? 0);
      this.#left = pattern((p1 << 8) | p2, GIVE);
      return this.#hand(le === 0 ? (extended ? 65_536 : 256) : le);
    }
    if (ins !== TAKE) return super.transmit(command);
    const extended = command.length > 7 && command[4] === 0;
    const data = command.length <= 5 ? EMPTY : extended ? command.slice(7) : command.slice(5);
    this.#parts = concat(this.#parts, data);
    if ((cla & 0x10) !== 0) return Uint8Array.of(0x90, 0);
    const same = toHex(this.#parts) === toHex(pattern((p1 << 8) | p2, TAKE));
    this.#parts = EMPTY;
    return same ? Uint8Array.of(0x90, 0) : Uint8Array.of(0x67, 0);
  }

  #hand(ne: number): Bytes {
    const now = this.#left.slice(0, ne);
    this.#left = this.#left.slice(now.length);
    const left = this.#left.length;
    return concat(now, left === 0 ? Uint8Array.of(0x90, 0) : Uint8Array.of(0x61, left > 255 ? 0 : left));
  }
}

const T0 = (ta1?: number) => (): SuiteCard => new SuiteCard(false, t0Atr(ta1));
const T1 = (extended: boolean, ta1?: number) => (): SuiteCard => new SuiteCard(extended, echoAtr(extended, ta1));
const withCheck = (atr: readonly number[]): Bytes => Uint8Array.from([...atr, atr.slice(1).reduce((sum, octet) => sum ^ octet, 0)]);
/** Card capabilities in the historical bytes: command chaining and extended length. */
const CAPABLE = [0x80, 0x73, 0xc0, 0x21, 0xc0];
/** Extended length, and no chaining: over T=0 a long command goes by ENVELOPE. */
class EnvelopeCard extends SuiteCard {
  constructor() {
    super(true, Uint8Array.of(0x3b, 0x05, 0x80, 0x73, 0xc0, 0x21, 0x40));
  }

  override async transmit(command: Bytes): Promise<Bytes> {
    return ((command[0] ?? 0) & 0x10) !== 0 ? Uint8Array.of(0x68, 0x84) : super.transmit(command);
  }
}
const withAtr = (atr: readonly number[]) => (): SuiteCard => new SuiteCard(true, withCheck(atr));

/** For readers whose every answer is odd. 52 and 54 bytes fill a packet, with their status and without. */
const FEW = [0, 1, 52, 54];

/** Every level with every protocol, and the ways in which readers of a level differ. */
export const SUITE_READERS: readonly SuiteReader[] = [
  { name: 'extended APDU', options: {}, card: T1(true), extended: true },
  { name: 'extended APDU, one message for all', options: { ccid: { dwMaxCCIDMessageLength: 65_554 } }, card: T1(true), extended: true },
  { name: 'extended APDU, messages of 64 bytes', options: { ccid: { dwMaxCCIDMessageLength: 64 } }, card: T1(true), extended: true },
  {
    // BWI 0 and CWI 5: libccid, which waits for the packet, gives up after seconds.
    name: 'extended APDU, no closing empty packet',
    options: { zeroLengthPacket: false },
    card: withAtr([0x3b, 0x85, 0x81, 0x21, 0x05, ...CAPABLE]),
    extended: true,
  },
  {
    name: 'extended APDU, an empty packet before each answer',
    options: {},
    card: T1(true),
    extended: true,
    fault: { kind: 'stray-zlp', message: 0x6f, until: 'never' },
    sizes: FEW,
  },
  {
    name: 'extended APDU, two bytes behind each answer',
    options: {},
    card: T1(true),
    extended: true,
    fault: { kind: 'trailing-bytes', message: 0x6f, until: 'never' },
    sizes: FEW,
  },
  {
    name: 'extended APDU, an answer to somebody else before each',
    options: {},
    card: T1(true),
    extended: true,
    fault: { kind: 'stale-reply', message: 0x6f, until: 'never' },
    sizes: FEW,
  },
  { name: 'extended APDU, packets of 512', options: { packetBytes: 512 }, card: T1(true), extended: true },
  { name: 'extended APDU, short card', options: {}, card: T1(false), extended: false },
  { name: 'extended APDU, parameters by the host', options: { ccid: { dwFeatures: 0x000404b8 } }, card: T1(true), extended: true },
  { name: 'extended APDU, T=0', options: {}, card: T0(), extended: false },
  { name: 'short APDU, T=0', options: { level: 'short-apdu' }, card: T0(), extended: false },
  { name: 'short APDU', options: { level: 'short-apdu' }, card: T1(true), extended: false },
  { name: 'short APDU, T=0 status passed on', options: { level: 'short-apdu', passesT0Status: true }, card: T0(), extended: false },
  { name: 'short APDU, parameters by the host', options: { level: 'short-apdu', ccid: { dwFeatures: 0x000207b8 } }, card: T1(true), extended: false },
  { name: 'TPDU, T=0', options: { level: 'tpdu' }, card: T0(), extended: false },
  { name: 'TPDU, T=0, PPS by the host', options: { level: 'tpdu' }, card: T0(0x95), extended: false },
  { name: 'TPDU, T=0, long commands by ENVELOPE', options: { level: 'tpdu', t0TakesEnvelope: true }, card: () => new EnvelopeCard(), extended: true },
  {
    name: 'TPDU, T=0, long commands by ENVELOPE in short messages',
    options: { level: 'tpdu', t0TakesEnvelope: true, ccid: { dwMaxCCIDMessageLength: 271 - 128 } },
    card: () => new EnvelopeCard(),
    extended: true,
  },
  { name: 'TPDU, T=1', options: { level: 'tpdu' }, card: T1(true), extended: true },
  { name: 'TPDU, T=1, PPS by the host', options: { level: 'tpdu' }, card: T1(true, 0x95), extended: true },
  { name: 'TPDU, T=1, PPS by the reader', options: { level: 'tpdu', ccid: { dwFeatures: 0x000100b8 } }, card: T1(true, 0x95), extended: true },
  { name: 'TPDU, T=1 with CRC', options: { level: 'tpdu' }, card: withAtr([0x3b, 0x85, 0x81, 0x71, 0x20, 0x45, 0x01, ...CAPABLE]), extended: true },
  { name: 'TPDU, T=1 with long blocks', options: { level: 'tpdu' }, card: withAtr([0x3b, 0x85, 0x81, 0x11, 0xfe, ...CAPABLE]), extended: true },
  { name: 'TPDU, T=1, the card asks for another IFSC', options: { level: 'tpdu', t1RequestsIfsc: 16 }, card: T1(true), extended: true },
  {
    name: 'TPDU, T=0 and T=1, T=1 chosen by the reader',
    options: { level: 'tpdu', ccid: { dwProtocols: 2 } },
    card: withAtr([0x3b, 0x85, 0x80, 0x01, ...CAPABLE]),
    extended: true,
  },
];

const SIZES = [0, 1, 5, 52, 54, 116, 118, 254, 255, 256, 257, 258, 1000, 2048];
const LARGEST = 65_535;

function apdu(ins: number, p1p2: number, data: Bytes, answers: boolean): Bytes {
  const n = data.length;
  const head = Uint8Array.of(0x80, ins, p1p2 >> 8, p1p2 & 0xff);
  if (n === 0) return answers ? concat(head, Uint8Array.of(0)) : head;
  if (n < 256) return concat(head, Uint8Array.of(n), data, answers ? Uint8Array.of(0) : EMPTY);
  return concat(head, Uint8Array.of(0, n >> 8, n & 0xff), data, answers ? Uint8Array.of(0, 0) : EMPTY);
}

/** Data there, data back, data both ways; an answer over 256 bytes is asked for by an extended Le where that is possible. */
export function suiteCases(reader: SuiteReader): readonly SuiteCase[] {
  const done = Uint8Array.of(0x90, 0);
  return (reader.sizes ?? [...SIZES, ...(reader.extended ? [LARGEST] : [])]).flatMap((size) => {
    const back = pattern(size, ECHO);
    const wide = reader.extended && size > 256;
    return [
      { name: `${size} bytes there`, command: apdu(TAKE, size, pattern(size, TAKE), false), answer: done },
      {
        name: `${size} bytes back`,
        command: wide ? Uint8Array.of(0x80, GIVE, size >> 8, size & 0xff, 0, 0, 0) : Uint8Array.of(0x80, GIVE, size >> 8, size & 0xff, 0),
        answer: concat(pattern(size, GIVE), done),
      },
      { name: `${size} bytes both ways`, command: apdu(ECHO, 0, back, true), answer: concat(back, done) },
    ];
  });
}

/** What a case came to, in words that do not grow with the payload. */
export function outcome(expected: SuiteCase, answer: Bytes | string): string {
  if (typeof answer === 'string') return answer;
  return toHex(answer) === toHex(expected.answer) ? 'right' : `wrong: ${answer.length} bytes, ${toHex(answer.slice(-2))}`;
}

/** The reader of a suite row with its card in it. */
export function suiteReader({ options, card }: SuiteReader): SimulatedReaderOptions & { readonly cards: readonly SimulatedCard[] } {
  return { ...options, cards: [card()] };
}
