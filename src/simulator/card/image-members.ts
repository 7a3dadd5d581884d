import type { Bytes } from '../../codec/bytes.ts';
import { CodecError } from '../../codec/errors.ts';
import { fromHex } from '../../codec/hex.ts';

/* Card images come from files and from other programs: every member is looked at before it is believed. */

export const bad = (what: string): never => {
  throw new CodecError('bad-value', `the card image has no valid ${what}`);
};

/** Reads one JSON object's members with their types checked. @throws CodecError `bad-value`, `not-hex` */
export class ImageMembers {
  readonly #members: Readonly<Record<string, unknown>>;

  constructor(value: unknown, what: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) bad(what);
    this.#members = value as Readonly<Record<string, unknown>>;
  }

  has(name: string): boolean {
    return this.#members[name] !== undefined && this.#members[name] !== null;
  }

  /** Not there at all; null is a value, and none that anything here can be. */
  lacks(name: string): boolean {
    return this.#members[name] === undefined;
  }

  number(name: string): number {
    const value = this.#members[name];
    return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : bad(name);
  }

  text(name: string): string {
    const value = this.#members[name];
    return typeof value === 'string' ? value : bad(name);
  }

  octets(name: string): Bytes {
    return fromHex(this.text(name));
  }

  /** One octet in hexadecimal. */
  octet(name: string): number {
    const [value, more] = this.octets(name);
    return value === undefined || more !== undefined ? bad(name) : value;
  }

  inner(name: string): ImageMembers {
    return new ImageMembers(this.#members[name], name);
  }

  list(name: string): readonly unknown[] {
    const list: unknown = this.#members[name];
    return Array.isArray(list) ? list : bad(name);
  }

  /** Members whose values are texts. */
  texts(): readonly (readonly [string, string])[] {
    return Object.keys(this.#members).map((name) => [name, this.text(name)] as const);
  }

  pairs(name: string): readonly (readonly [number, unknown])[] {
    return this.list(name).map((item: unknown) => {
      const [key, value] = Array.isArray(item) ? (item as unknown[]) : [];
      return typeof key === 'number' ? ([key, value] as const) : bad(name);
    });
  }
}
