import { type Bytes, copy } from './bytes.ts';
import { CodecError } from './errors.ts';

/** Reads a byte string front to back; every read is bounded. @throws CodecError `truncated` past the end. */
export class Cursor {
  readonly #source: Uint8Array;
  #at: number;
  readonly #end: number;

  constructor(source: Uint8Array, from = 0, to: number = source.length) {
    this.#source = source;
    this.#at = from;
    this.#end = Math.min(to, source.length);
  }

  get offset(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  #take(count: number): number {
    if (!(count >= 0) || count > this.remaining)
      throw new CodecError('truncated', `needs ${count} bytes at offset ${this.#at}, has ${this.remaining}`);
    const at = this.#at;
    this.#at += count;
    return at;
  }

  peek(): number {
    const value = this.#at < this.#end ? this.#source[this.#at] : undefined;
    if (value === undefined) throw new CodecError('truncated', `needs 1 byte at offset ${this.#at}, has 0`);
    return value;
  }

  u8(): number {
    return this.#source[this.#take(1)] ?? 0;
  }

  u16le(): number {
    const at = this.#take(2);
    return (this.#source[at] ?? 0) | ((this.#source[at + 1] ?? 0) << 8);
  }

  u16be(): number {
    const at = this.#take(2);
    return ((this.#source[at] ?? 0) << 8) | (this.#source[at + 1] ?? 0);
  }

  u32le(): number {
    const at = this.#take(4);
    const s = this.#source;
    return ((s[at] ?? 0) | ((s[at + 1] ?? 0) << 8) | ((s[at + 2] ?? 0) << 16) | ((s[at + 3] ?? 0) << 24)) >>> 0;
  }

  u32be(): number {
    const at = this.#take(4);
    const s = this.#source;
    return (((s[at] ?? 0) << 24) | ((s[at + 1] ?? 0) << 16) | ((s[at + 2] ?? 0) << 8) | (s[at + 3] ?? 0)) >>> 0;
  }

  /** The next `count` bytes as a copy. */
  take(count: number): Bytes {
    const at = this.#take(count);
    return copy(this.#source.subarray(at, at + count));
  }

  /** All bytes up to the end as a copy. */
  rest(): Bytes {
    return this.take(this.remaining);
  }

  skip(count: number): void {
    this.#take(count);
  }

  /** @throws CodecError `trailing` when bytes are left. */
  expectEnd(): void {
    if (this.remaining !== 0) throw new CodecError('trailing', `${this.remaining} bytes follow the end`);
  }
}

/** Writes little- and big-endian numbers into a growing byte string. */
export class Builder {
  readonly #octets: number[] = [];

  get length(): number {
    return this.#octets.length;
  }

  u8(value: number): this {
    this.#octets.push(value & 0xff);
    return this;
  }

  u16le(value: number): this {
    return this.u8(value).u8(value >>> 8);
  }

  u16be(value: number): this {
    return this.u8(value >>> 8).u8(value);
  }

  u32le(value: number): this {
    return this.u16le(value).u16le(value >>> 16);
  }

  u32be(value: number): this {
    return this.u16be(value >>> 16).u16be(value);
  }

  put(source: Uint8Array): this {
    for (const octet of source) this.#octets.push(octet);
    return this;
  }

  finish(): Bytes {
    return Uint8Array.from(this.#octets);
  }
}
