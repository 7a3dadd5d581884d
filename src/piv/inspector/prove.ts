import { type Bytes, copy, equal, wipe } from '../../codec/bytes.ts';
import { CURVES } from '../../crypto/ec.ts';
import { digest } from '../../crypto/digest.ts';
import { digestInfo, pkcs1Pad } from '../../crypto/pkcs1.ts';
import { type PublicKey, publicKeyJwk } from '../../crypto/public-key.ts';
import { verifySignature } from '../../crypto/verify.ts';
import { CardError } from '../errors.ts';
import { ecdh, ecdsaSign, rsaPrivate } from '../keys.ts';
import type { PivSession } from '../session.ts';
import type { PivSlot } from '../slots.ts';

/** One key agreement with a key of ours that lives for this call, done on both sides. */
async function agrees(piv: PivSession, slot: PivSlot, key: Extract<PublicKey, { kind: 'ec' }>): Promise<boolean> {
  const algorithm = { name: 'ECDH', namedCurve: key.curve };
  const ours = await crypto.subtle.generateKey(algorithm, false, ['deriveBits']);
  const theirs = await crypto.subtle.importKey('jwk', publicKeyJwk(key), algorithm, false, []);
  const expected = new Uint8Array(
    await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, ours.privateKey, CURVES[key.curve].fieldBytes * 8),
  );
  const point = new Uint8Array(await crypto.subtle.exportKey('raw', ours.publicKey));
  const shared = await ecdh(piv, slot.key, key.curve, copy(point));
  try {
    return equal(shared, expected);
  } finally {
    wipe(shared, expected);
  }
}

/**
 * Whether the private key in a slot belongs to `key`, by one private operation. Undefined when the card refuses the operation: that tells
 * nothing of the key. A key of the wrong size shows as false where the card says so (6A80, 6A86).
 */
export async function keyBelongs(piv: PivSession, slot: PivSlot, key: PublicKey, random: (length: number) => Bytes): Promise<boolean | undefined> {
  try {
    const message = random(32);
    const hash = await digest('SHA-256', message);
    if (key.kind === 'rsa') {
      const block = pkcs1Pad(digestInfo('SHA-256', hash), key.modulus.length);
      return await verifySignature(key, { kind: 'rsa-pkcs1', hash: 'SHA-256' }, await rsaPrivate(piv, slot.key, block), message);
    }
    if (slot.usage === 'key-exchange') return await agrees(piv, slot, key);
    const name = key.curve === 'P-384' ? 'SHA-384' : 'SHA-256';
    const signature = await ecdsaSign(piv, slot.key, key.curve, await digest(name, message));
    return await verifySignature(key, { kind: 'ecdsa', hash: name, form: 'raw' }, signature, message);
  } catch (error) {
    if (!(error instanceof CardError)) throw error;
    return error.reason === 'no-key' || error.sw === 0x6a80 ? false : undefined;
  }
}
