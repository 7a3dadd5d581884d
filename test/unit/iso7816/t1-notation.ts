import { type Bytes, bytes, fromHex } from '../../../src/codec/index.ts';
import { T1Machine, type T1Step } from '../../../src/iso7816/t1.ts';
import { sealed } from './t1-card.ts';

export const counted = (length: number): Bytes => bytes(Array.from({ length }, (_, i) => (i * 11 + (i >>> 8)) & 0xff));
export const select: Bytes = fromHex('00A40400');

/** A block from its notation: I(N(S),M) with data in hexadecimal, R(N(R),error), or S with its PCB. */
export function block(text: string): Bytes {
  const [, kind, a, b, data] = /^([IRS])\((\w+),?(\d)?\)\s*(.*)$/.exec(text) ?? [];
  const inf = fromHex(data ?? '');
  if (kind === 'I') return sealed((Number(a) << 6) | (Number(b) << 5), inf, 'lrc');
  if (kind === 'R') return sealed(0x80 | (Number(a) << 4) | Number(b), inf, 'lrc');
  return sealed(Number.parseInt(a ?? '', 16), inf, 'lrc');
}
export const plain = (ifsc = 32): T1Machine => new T1Machine({ ifsc, edc: 'lrc' });
export const done = (hex: string): T1Step => ({ done: fromHex(hex) });
