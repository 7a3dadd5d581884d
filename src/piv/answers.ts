import { type Bytes, copy, EMPTY } from '../codec/bytes.ts';
import { toHex } from '../codec/hex.ts';
import { GUARDED_TAGS } from './objects.ts';

/* What the card has answered to questions, and which commands make such an answer untrue. */

interface Remembered {
  readonly data: Bytes;
  readonly sw: number;
}

const GET_DATA = 0xcb;
const PUT_DATA = 0xdb;
const VERIFY = 0x20;
const METADATA = 0xf7;

/** Objects behind the PIN: whether they are shown depends on the moment, and secrets may stand in them. They are never kept. */
const GUARDED: ReadonlySet<string> = new Set(Array.from(GUARDED_TAGS, (tag) => `5c03${tag.toString(16)}`));

/** Answers that say what is so. A refusal for want of a role, or one that tells nothing, is not kept. */
const isFact = (sw: number): boolean => [0x9000, 0x6a82, 0x6a81, 0x6a86, 0x6a88, 0x6d00, 0x6e00, 0x6983].includes(sw) || sw >>> 8 === 0x63;

function nameOf(ins: number, p1: number, p2: number, data: Uint8Array): string {
  return `${ins} ${p1} ${p2} ${toHex(data)}`;
}

/** Beginning of a PUT DATA as the GET DATA of the same object has it; 7E and 7F61 come without 5C (SP 800-73-4 part 2, 3.3.1). */
function writtenTag(data: Uint8Array): string {
  if (data[0] === 0x5c) return toHex(data.subarray(0, 2 + (data[1] ?? 0)));
  return data[0] === 0x7e ? '5c017e' : '5c027f61';
}

/** Only commands that change nothing are asked through it: GET DATA, GET METADATA, GET SERIAL, VERIFY without data. */
export class Answers {
  readonly #kept = new Map<string, Remembered>();

  clear(): void {
    this.#kept.clear();
  }

  find(ins: number, p1: number, p2: number, data: Uint8Array): Remembered | undefined {
    const found = this.#kept.get(nameOf(ins, p1, p2, data));
    return found === undefined ? undefined : { data: copy(found.data), sw: found.sw };
  }

  keep(ins: number, p1: number, p2: number, data: Uint8Array, answer: Remembered): void {
    if (!isFact(answer.sw) || (ins === GET_DATA && GUARDED.has(toHex(data)))) return;
    this.#kept.set(nameOf(ins, p1, p2, data), { data: copy(answer.data), sw: answer.sw });
  }

  /** A command is about to be sent: what it may change is no longer known, whatever comes of it. */
  sending(ins: number, p1: number, p2: number, data: Uint8Array): void {
    switch (ins) {
      case GET_DATA:
      case METADATA:
      case 0xf8:
      case 0xf9:
      case 0xfd:
      case 0x87:
        return;
      case PUT_DATA:
        this.#kept.delete(nameOf(GET_DATA, 0x3f, 0xff, EMPTY) + writtenTag(data));
        return;
      case VERIFY:
        if (data.length > 0 || p1 !== 0x00) this.forgetTries();
        return;
      case 0xa4:
      case 0x24:
      case 0x2c:
      case 0xfa:
        this.forgetTries();
        return;
      // GENERATE and import name the key in P2; MOVE KEY in both, FF for none; SET MANAGEMENT KEY is about 9B.
      case 0x47:
      case 0xfe:
        this.#forgetKeys(p2);
        return;
      case 0xf6:
        this.#forgetKeys(p1, p2);
        return;
      case 0xff:
        this.#forgetKeys(0x9b);
        return;
      default:
        this.clear();
    }
  }

  #forgetKeys(...references: readonly number[]): void {
    for (const reference of references) this.#kept.delete(nameOf(METADATA, 0x00, reference, EMPTY));
  }

  /** Tries left and whether the PIN is verified: by VERIFY without data, and by the metadata of PIN, PUK and fingerprint. */
  forgetTries(): void {
    this.#forgetKeys(0x80, 0x81, 0x96);
    for (const name of [...this.#kept.keys()]) if (name.startsWith(`${VERIFY} `)) this.#kept.delete(name);
  }
}
