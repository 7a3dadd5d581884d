import { describe, expect, it } from 'vitest';
import { bytes } from '../../../src/codec/bytes.ts';
import { type Feature, type Profile, profileOf, type Quirk, type Version } from '../../../src/piv/profile.ts';

/*
 * Firmware where each feature begins or ends, from Yubico's own sources (yubikit piv.py, and the technical manual): on both sides of each
 * border, so that a border moved by one number is noticed.
 */

const at = (...version: readonly [number, number, number]): Profile => profileOf(version, bytes([0x3b, 0x00]));

const BEGINS: readonly (readonly [Feature, last: Version | undefined, first: Version])[] = [
  ['pin-policy', [3, 5, 0], [4, 0, 0]],
  ['p384', [3, 5, 0], [4, 0, 0]],
  ['touch-cached', [4, 2, 9], [4, 3, 0]],
  ['attestation', [4, 2, 9], [4, 3, 0]],
  ['serial', [5, 0, 2], [5, 0, 3]],
  ['metadata', [5, 2, 9], [5, 3, 0]],
  ['management-aes', [5, 4, 1], [5, 4, 2]],
  ['move-key', [5, 6, 9], [5, 7, 0]],
  ['curve25519', [5, 6, 9], [5, 7, 0]],
  ['rsa-3072-4096', [5, 6, 9], [5, 7, 0]],
  ['rsa-generation', [4, 3, 4], [4, 3, 5]],
  ['import-key', undefined, [1, 0, 0]],
  ['set-management-key', undefined, [1, 0, 0]],
  ['container-map', undefined, [1, 0, 0]],
  ['set-retries', undefined, [1, 0, 0]],
  ['reset', undefined, [1, 0, 0]],
];

const ENDS: readonly (readonly [Quirk, last: Version, first: Version])[] = [
  ['retries-63xx', [1, 0, 4], [1, 0, 5]],
  ['small-objects', [3, 5, 0], [4, 0, 0]],
  ['empty-verify-hides-state', [4, 3, 1], [4, 3, 2]],
];

describe('what a firmware has', () => {
  it.each(BEGINS)('%s: not in %j, in %j and later', (feature, last, first) => {
    if (last !== undefined) expect(at(...last).features.has(feature)).toBe(false);
    for (const version of [first, [5, 7, 4], [6, 0, 0]] satisfies Version[]) expect(at(...version).features.has(feature)).toBe(true);
    expect(profileOf(undefined, bytes([0x3b, 0x00])).features.has(feature)).toBe(false);
  });

  it('weak RSA keys were made from 4.2.0 on: before it they are generated', () => {
    expect(at(4, 1, 9).features.has('rsa-generation')).toBe(true);
    expect(at(4, 2, 0).features.has('rsa-generation')).toBe(false);
  });

  it.each(ENDS)('%s: in %j, no more in %j', (quirk, last, first) => {
    expect([at(...last).quirks.has(quirk), at(...first).quirks.has(quirk)]).toEqual([true, false]);
  });

  it('PINs count in code points from 5.7.0 on', () => {
    expect([at(5, 6, 9), at(5, 7, 0)].map(({ quirks }) => quirks.has('pin-counts-code-points'))).toEqual([false, true]);
  });

  it('a NEO takes smaller objects, a plain card has the capacities of the standard', () => {
    expect([at(3, 5, 0), at(4, 0, 0), at(5, 7, 1), profileOf(undefined, bytes([0x3b, 0x00]))].map(({ maxObjectBytes }) => maxObjectBytes)).toEqual([
      2039,
      3052,
      3052,
      undefined,
    ]);
  });
});
