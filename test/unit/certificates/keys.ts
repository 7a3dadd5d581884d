import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { copy, type Bytes } from '../../../src/codec/bytes.ts';
import { decodeSpki, type SignOctets } from '../../../src/crypto/certificates/index.ts';
import type { PublicKey } from '../../../src/crypto/public-key.ts';

/** A key pair of node:crypto: neither of its halves has touched the code under test. */
export interface TestKey {
  readonly name: string;
  readonly privateKey: KeyObject;
  readonly spki: Bytes;
  readonly publicKey: PublicKey;
  readonly sign: SignOctets;
}

function testKey(name: string, pair: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }): TestKey {
  const spki = copy(pair.publicKey.export({ type: 'spki', format: 'der' }));
  return {
    name,
    privateKey: pair.privateKey,
    spki,
    publicKey: decodeSpki(spki),
    sign: (octets, scheme) => Promise.resolve(copy(createSign(scheme.hash.replace('-', '')).update(octets).sign(pair.privateKey))),
  };
}

export const KEYS: readonly TestKey[] = [
  testKey('P-256', generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  testKey('P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' })),
  testKey('P-521', generateKeyPairSync('ec', { namedCurve: 'P-521' })),
  testKey('RSA-2048', generateKeyPairSync('rsa', { modulusLength: 2048 })),
];
