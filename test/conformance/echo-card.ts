import { type Bytes, concat } from '../../src/codec/index.ts';
import type { SimulatedCard } from '../../src/simulator/index.ts';

/** ATR of a T=1 card whose card capabilities (third software function table) claim command chaining, and extended length or not. */
export function echoAtr(extendedLength: boolean, ta1?: number): Bytes {
  const body = [
    ta1 === undefined ? 0x85 : 0x95,
    ...(ta1 === undefined ? [] : [ta1]),
    0x81,
    0x01,
    0x80,
    0x73,
    0xc0,
    0x21,
    extendedLength ? 0xc0 : 0x80,
  ];
  return Uint8Array.from([0x3b, ...body, body.reduce((x, y) => x ^ y, 0)]);
}

/** ATR of a T=0 card that says nothing of itself. */
export function t0Atr(ta1?: number): Bytes {
  return Uint8Array.from(ta1 === undefined ? [0x3b, 0x00] : [0x3b, 0x10, ta1]);
}

/**
 * A card that sends back what it got: INS EE answers the data field, chained parts put together, by 61xx and GET RESPONSE where the
 * answer is longer than Ne. INS EC answers 6Cxx once with the right length. Any other instruction answers 6D00.
 */
export class EchoCard implements SimulatedCard {
  readonly atr: Bytes;
  readonly extendedLength: boolean;
  resets: string[] = [];
  seen: string[] = [];
  /** Called before each answer; may take its time. */
  work: () => Promise<void> = () => Promise.resolve();
  #chained: Bytes = new Uint8Array(0);
  #rest: Bytes = new Uint8Array(0);

  constructor(extendedLength: boolean, atr: Bytes = echoAtr(extendedLength)) {
    this.extendedLength = extendedLength;
    this.atr = atr;
  }

  reset(kind: 'cold' | 'warm' | 'off'): void {
    this.resets.push(kind);
    this.#chained = new Uint8Array(0);
    this.#rest = new Uint8Array(0);
  }

  async transmit(command: Bytes): Promise<Bytes> {
    await this.work();
    const [cla = 0, ins = 0] = command;
    this.seen.push(`${cla.toString(16).padStart(2, '0')}${ins.toString(16).padStart(2, '0')}:${command.length}`);
    const { data, ne } = fields(command);
    if (ins === 0xc0) return this.#give(ne);
    if (ins === 0xec) return ne === 5 ? Uint8Array.of(1, 2, 3, 4, 5, 0x90, 0) : Uint8Array.of(0x6c, 5);
    if (ins !== 0xee) return Uint8Array.of(0x6d, 0);
    this.#chained = concat(this.#chained, data);
    if ((cla & 0x10) !== 0) return Uint8Array.of(0x90, 0);
    this.#rest = this.#chained;
    this.#chained = new Uint8Array(0);
    return this.#give(ne);
  }

  #give(ne: number): Bytes {
    const now = this.#rest.slice(0, ne);
    this.#rest = this.#rest.slice(now.length);
    const left = this.#rest.length;
    return concat(now, left === 0 ? Uint8Array.of(0x90, 0) : Uint8Array.of(0x61, left > 255 ? 0 : left));
  }
}

function fields(command: Bytes): { data: Bytes; ne: number } {
  const at = (i: number): number => command[i] ?? 0;
  const le = (value: number, all: number): number => (value === 0 ? all : value);
  const n = command.length;
  if (n <= 5) return { data: command.slice(n), ne: n < 5 ? 0 : le(at(4), 256) };
  if (at(4) !== 0) return { data: command.slice(5, 5 + at(4)), ne: n === 5 + at(4) ? 0 : le(at(n - 1), 256) };
  if (n === 7) return { data: command.slice(n), ne: le((at(5) << 8) | at(6), 65536) };
  const lc = (at(5) << 8) | at(6);
  return { data: command.slice(7, 7 + lc), ne: n === 7 + lc ? 0 : le((at(n - 2) << 8) | at(n - 1), 65536) };
}
