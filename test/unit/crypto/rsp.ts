import { fromHex } from '../../../src/codec/hex.ts';
import type { Bytes } from '../../../src/codec/bytes.ts';

/** One vector of a NIST response file: field name to text, plus the section in brackets it stands in. */
export interface RspVector {
  readonly section: string;
  has(name: string): boolean;
  hex(name: string): Bytes;
  text(name: string): string;
}

/** The vectors of a NIST .rsp file: blocks of `NAME = value` lines between blank lines. */
export function rspVectors(source: string): RspVector[] {
  const out: RspVector[] = [];
  let section = '';
  for (const block of source.replace(/\r/g, '').split(/\n\s*\n/)) {
    const fields = new Map<string, string>();
    for (const line of block.split('\n')) {
      const head = /^\[(.+)\]/.exec(line);
      if (head?.[1] !== undefined) section = head[1];
      const pair = /^\s*([A-Za-z0-9_]+)\s*=\s*(.*)$/.exec(line);
      if (pair?.[1] !== undefined && !line.startsWith('#')) fields.set(pair[1], (pair[2] ?? '').trim());
    }
    if (fields.size === 0) continue;
    const here = section;
    const text = (name: string): string => {
      const value = fields.get(name);
      if (value === undefined) throw new Error(`vector without ${name}`);
      return value;
    };
    out.push({ section: here, has: (name) => fields.has(name), text, hex: (name) => fromHex(text(name)) });
  }
  return out;
}
