import { type Bytes, copy } from '../../src/codec/bytes.ts';
import { toHex } from '../../src/codec/hex.ts';
import type { PersistentCard } from '../../src/simulator/smart-card.ts';

/*
 * What reaches a card, and three judgements of it that are independent of the driver: which questions were put twice, which commands change
 * the card, which commands stake a try of a PIN. Read from the standard's and the vendor's command tables.
 */

export type Seen =
  | { readonly kind: 'reset' }
  | { readonly kind: 'command'; readonly ins: number; readonly p1: number; readonly p2: number; readonly data: string; readonly sw: string };

export interface RecordedCard extends PersistentCard {
  readonly seen: readonly Seen[];
  clear(): void;
}

/** Data field of a short or extended command; chained parts one by one. */
function dataOf(apdu: Uint8Array): Uint8Array {
  const [, , , , first, second = 0, third = 0] = apdu;
  if (first === undefined || apdu.length === 5) return new Uint8Array(0);
  if (first !== 0) return apdu.slice(5, 5 + first);
  return apdu.length <= 7 ? new Uint8Array(0) : apdu.slice(7, 7 + ((second << 8) | third));
}

export function recordedCard(card: PersistentCard): RecordedCard {
  let seen: Seen[] = [];
  return {
    atr: card.atr,
    extendedLength: card.extendedLength,
    get seen() {
      return seen;
    },
    clear() {
      seen = [];
    },
    reset(kind) {
      seen.push({ kind: 'reset' });
      card.reset(kind);
    },
    save: () => card.save(),
    onChange: (listener) => card.onChange(listener),
    async transmit(command: Bytes) {
      const [, ins = 0, p1 = 0, p2 = 0] = command;
      const data = toHex(dataOf(copy(command)));
      const answer = await card.transmit(command);
      seen.push({ kind: 'command', ins, p1, p2, data, sw: toHex(answer.slice(-2)) });
      return answer;
    },
  };
}

const GUARDED = ['5c035fc103', '5c035fc108', '5c035fc109', '5c035fc121', '5c035fc123'];
const PIV = 'a000000308';

/** Name of a question: a command that only reads. */
function question({ ins, p1, p2, data }: Extract<Seen, { kind: 'command' }>): string | undefined {
  if (ins === 0xcb) return `object ${data}`;
  if (ins === 0xf7) return `metadata ${p2.toString(16)}`;
  if (ins === 0xf8 || ins === 0xfd) return ins.toString(16);
  if (ins === 0x20 && p1 === 0x00 && data === '') return `tries ${p2.toString(16)}`;
  if (ins === 0xa4 && data.startsWith(PIV)) return `select ${data}`;
  return undefined;
}

/** Which questions have another answer after this command. */
function changes(command: Extract<Seen, { kind: 'command' }>): (name: string) => boolean {
  const { ins, p1, p2, data, sw } = command;
  const hex = (reference: number): string => `metadata ${reference.toString(16)}`;
  const aboutPins = (name: string): boolean =>
    name.startsWith('tries') || ['metadata 80', 'metadata 81', 'metadata 96'].includes(name) || GUARDED.some((tag) => name === `object ${tag}`);
  switch (ins) {
    case 0xdb: {
      const tag = data.startsWith('5c')
        ? data.slice(0, 4 + 2 * Number.parseInt(data.slice(2, 4), 16))
        : data.startsWith('7e')
          ? '5c017e'
          : '5c027f61';
      return (name) => name === `object ${tag}`;
    }
    case 0x47:
    case 0xfe:
      return (name) => name === hex(p2);
    case 0xf6:
      return (name) => name === hex(p1) || name === hex(p2);
    case 0xff:
      return (name) => name === hex(0x9b);
    case 0x20:
      return p1 === 0x00 && data === '' ? () => false : aboutPins;
    case 0x24:
    case 0x2c:
    case 0xfa:
      return aboutPins;
    case 0xfb:
      return () => true;
    case 0xa4:
      return sw === '9000' && !data.startsWith(PIV) ? (name) => aboutPins(name) || name.startsWith('select') : () => false;
    default:
      return () => false;
  }
}

/** Questions that were put again though nothing between could have changed the answer. */
export function repeatedQuestions(seen: readonly Seen[]): string[] {
  let asked = new Set<string>();
  const repeated: string[] = [];
  for (const each of seen) {
    if (each.kind === 'reset') {
      asked = new Set();
      continue;
    }
    const name = question(each);
    if (name !== undefined && asked.has(name)) repeated.push(name);
    const changed = changes(each);
    asked = new Set([...asked].filter((one) => !changed(one)));
    if (name !== undefined) asked.add(name);
  }
  return repeated;
}

const commands = (seen: readonly Seen[]): Extract<Seen, { kind: 'command' }>[] =>
  seen.filter((each): each is Extract<Seen, { kind: 'command' }> => each.kind === 'command');

/** Commands with a PIN or PUK in them: VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER. */
export function triesStaked(seen: readonly Seen[]): number {
  return commands(seen).filter(({ ins, data }) => [0x20, 0x24, 0x2c].includes(ins) && data !== '').length;
}

/** Instructions that Yubico added, in the order they came. */
export function vendorInstructions(seen: readonly Seen[]): string[] {
  return commands(seen)
    .filter(({ ins }) => ins >= 0xf6)
    .map(({ ins }) => ins.toString(16));
}

/** Commands that write, use a private key, or prove a role. A request for a challenge (7C 02 81 00) changes nothing. */
export function changing(seen: readonly Seen[]): string[] {
  return commands(seen)
    .filter(({ ins, data }) => [0x24, 0x2c, 0x47, 0xdb, 0x87, 0xf6, 0xfa, 0xfb, 0xfe, 0xff].includes(ins) && !(ins === 0x87 && data === '7c028100'))
    .map(({ ins }) => ins.toString(16));
}

/** APDUs, resets left out. */
export function counted(seen: readonly Seen[]): number {
  return commands(seen).length;
}
