import type { KeyObject } from 'node:crypto';
import { type Bytes, copy } from '../../../src/codec/index.ts';
import { type EdgePrivateKey, type EdgeUsage, encodeEccPrivateKeyBlob, encodeRsaPrivateKeyBlob } from '../../../src/minidriver/index.ts';
import { parts } from '../crypto/rsa-oracle.ts';

/** A private key of node:crypto in the port's form. */
export function edgeKey(key: KeyObject): EdgePrivateKey {
  if (key.asymmetricKeyType === 'rsa') {
    const { n: modulus, e: publicExponent, ...secrets } = parts(key);
    return { kind: 'rsa', modulus, publicExponent, ...secrets };
  }
  const { crv, x, y, d } = key.export({ format: 'jwk' });
  const octets = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url');
  return { kind: 'ec', curve: crv as 'P-256', point: copy(Buffer.concat([Buffer.from([4]), octets(x), octets(y)])), d: copy(octets(d)) };
}

/** The blob that imports it. */
export function privateBlob(key: EdgePrivateKey, usage: EdgeUsage): Bytes {
  return key.kind === 'rsa' ? encodeRsaPrivateKeyBlob(key, usage) : encodeEccPrivateKeyBlob(key, usage);
}
