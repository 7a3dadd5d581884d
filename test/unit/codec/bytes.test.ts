import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY, bytes, concat, copy, equal, equalConstantTime, leftPad, reversed, wipe } from '../../../src/codec/index.ts';

const anyBytes = fc.uint8Array({ maxLength: 40 }).map((one) => bytes(one));

describe('byte strings', () => {
  it('are made from a length, a list, an iterator or another view', () => {
    expect([...bytes(3)]).toEqual([0, 0, 0]);
    expect([...bytes([1, 255, 256])]).toEqual([1, 255, 0]);
    expect([...bytes(new Set([7, 8]))]).toEqual([7, 8]);
    expect([...bytes({ length: 2, 0: 5, 1: 6 })]).toEqual([5, 6]);
    expect(EMPTY.length).toBe(0);
  });

  it('concat agrees with Buffer', () => {
    expect([...concat()]).toEqual([]);
    fc.assert(fc.property(fc.array(anyBytes, { maxLength: 5 }), (parts) => void expect([...concat(...parts)]).toEqual([...Buffer.concat(parts)])));
  });

  it('a copy owns its buffer, whatever it was taken from', () => {
    const base = new Uint8Array([0, 1, 2, 3, 4]).buffer;
    for (const source of [base.slice(1, 4), new Uint8Array(base, 1, 3), new DataView(base, 1, 3), Buffer.from([1, 2, 3])]) {
      const taken = copy(source);
      expect([...taken]).toEqual([1, 2, 3]);
      expect(taken.buffer.byteLength).toBe(3);
      expect(taken.constructor).toBe(Uint8Array);
      taken.fill(9);
    }
    expect([...new Uint8Array(base)]).toEqual([0, 1, 2, 3, 4]);
    const shared = new Uint8Array(new SharedArrayBuffer(2)).fill(5);
    expect(copy(shared).buffer).toBeInstanceOf(ArrayBuffer);
  });

  it('both equalities agree with Buffer, and see every single changed bit', () => {
    for (const same of [equal, equalConstantTime]) {
      fc.assert(fc.property(anyBytes, anyBytes, (a, b) => void expect(same(a, b)).toBe(Buffer.compare(a, b) === 0)));
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), fc.nat(7), (a, at, bit) => {
          const b = a.slice();
          expect(same(a, b)).toBe(true);
          b[at % b.length] = (b[at % b.length] ?? 0) ^ (1 << bit);
          expect(same(a, b)).toBe(false);
        }),
      );
      expect(same(bytes([1]), bytes([1, 0]))).toBe(false);
    }
  });

  it('wipe clears each, and takes what is not there', () => {
    const [a, b] = [bytes([1, 2]), bytes([3])];
    wipe(a, undefined, b);
    expect([...a, ...b]).toEqual([0, 0, 0]);
  });

  it('reversed and leftPad leave the source alone', () => {
    const source = bytes([1, 2, 3]);
    expect([...reversed(source)]).toEqual([3, 2, 1]);
    expect([...leftPad(source, 5)]).toEqual([0, 0, 1, 2, 3]);
    for (const size of [0, 3]) {
      const padded = leftPad(source, size);
      expect([...padded]).toEqual([1, 2, 3]);
      expect(padded).not.toBe(source);
    }
    expect([...source]).toEqual([1, 2, 3]);
  });
});
