import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { p256, p384 } from '@noble/curves/nist.js';
import { type Bytes, concat, copy, leftPad } from '../../codec/bytes.ts';
import type { RandomSource } from '../../codec/random.ts';
import { writeTlv } from '../../codec/tlv.ts';
import { ALG, rsaBits } from './algorithms.ts';
import { refuse, SW } from './apdu.ts';
import { sequence, unsignedInteger } from './der.ts';
import { type GenerateRsa, type RsaEngine, type RsaPrivateKey, toNumber } from './rsa-engine.ts';

/** Elliptic-curve secret: the scalar, or the seed of Ed25519 and X25519. */
export interface EcSecret {
  readonly algorithm: number;
  readonly secret: Bytes;
}

/** Private key as the card's memory holds it. */
export type KeyMaterial = { readonly algorithm: number; readonly rsa: RsaPrivateKey } | EcSecret;

/** PIN policy: 1 never, 2 once, 3 always. Touch policy: 1 never, 2 always, 3 cached. Origin: 1 generated, 2 imported. */
export interface CardKey {
  readonly material: KeyMaterial;
  readonly pinPolicy: number;
  readonly touchPolicy: number;
  readonly origin: number;
}

function curveOf(algorithm: number): typeof p256 | undefined {
  if (algorithm === ALG.p256) return p256;
  return algorithm === ALG.p384 ? p384 : undefined;
}

/** Length of a field element in bytes. */
export function fieldBytes(algorithm: number): number {
  return algorithm === ALG.p384 ? 48 : 32;
}

/** A new key pair. @throws Refusal 6A80 for an algorithm without key generation. */
export async function generateKey(algorithm: number, random: RandomSource, generateRsa: GenerateRsa): Promise<KeyMaterial> {
  const bits = rsaBits(algorithm);
  if (bits !== undefined) return { algorithm, rsa: await generateRsa(bits) };
  return generateEcKey(algorithm, random);
}

/** A new key pair on a curve. @throws Refusal 6A80 */
export function generateEcKey(algorithm: number, random: RandomSource): EcSecret {
  const curve = curveOf(algorithm);
  // Extra random bits make the reduction modulo the group's order uniform (FIPS 186-5, A.2.1).
  if (curve !== undefined) return { algorithm, secret: copy(curve.utils.randomSecretKey(random(curve.lengths.seed ?? 48))) };
  if (algorithm === ALG.ed25519 || algorithm === ALG.x25519) return { algorithm, secret: random(32) };
  return refuse(SW.wrongData);
}

/** A key from its secret number, as imported. @throws Refusal 6A80 when it is no key of the curve. */
export function ecFromSecret(algorithm: number, secret: Uint8Array): EcSecret {
  const curve = curveOf(algorithm);
  const padded = leftPad(secret, fieldBytes(algorithm));
  if (padded.length !== fieldBytes(algorithm)) refuse(SW.wrongData);
  if (curve !== undefined && !curve.utils.isValidSecretKey(padded)) refuse(SW.wrongData);
  return { algorithm, secret: padded };
}

/** Public half: 04 || X || Y, or 32 octets on Curve25519. */
export function publicPoint(key: EcSecret): Bytes {
  const curve = curveOf(key.algorithm);
  if (curve !== undefined) return copy(curve.getPublicKey(key.secret, false));
  return copy(key.algorithm === ALG.ed25519 ? ed25519.getPublicKey(key.secret) : x25519.getPublicKey(key.secret));
}

/** Fields of the public key template 7F49 (SP 800-73-4 part 2, table 11). */
export function publicKeyFields(material: KeyMaterial): Bytes {
  if ('rsa' in material) return concat(writeTlv(0x81, material.rsa.modulus), writeTlv(0x82, material.rsa.publicExponent));
  return writeTlv(0x86, publicPoint(material));
}

function checkedOnCurve<T>(run: () => T): T {
  try {
    return run();
  } catch {
    return refuse(SW.wrongData);
  }
}

/**
 * RSA: the raw private operation. Elliptic curves: ECDSA over the hash as DER, or an Ed25519 signature over the message.
 * @throws Refusal 6A80 for a block of wrong length or value.
 */
export async function signOrDecipher(
  material: KeyMaterial,
  input: Bytes,
  options: { readonly strictLength: boolean; readonly random: RandomSource; readonly engine: RsaEngine },
): Promise<Bytes> {
  if ('rsa' in material) {
    if (input.length !== material.rsa.modulus.length || toNumber(input) >= toNumber(material.rsa.modulus)) refuse(SW.wrongData);
    return options.engine(material.rsa, input);
  }
  if (material.algorithm === ALG.ed25519) return copy(ed25519.sign(input, material.secret));
  const curve = curveOf(material.algorithm) ?? refuse(SW.wrongData);
  const length = fieldBytes(material.algorithm);
  if (input.length === 0 || input.length > length || (options.strictLength && input.length !== length)) refuse(SW.wrongData);
  const compact = curve.sign(leftPad(input, length), material.secret, { prehash: false, lowS: false, extraEntropy: options.random(length) });
  return sequence(unsignedInteger(compact.subarray(0, length)), unsignedInteger(compact.subarray(length)));
}

/** Key agreement: X coordinate of the shared point (SP 800-56A, 5.7.1.2), or X25519. @throws Refusal 6A80 for a point not on the curve. */
export function agree(material: KeyMaterial, peer: Bytes): Bytes {
  if ('rsa' in material) return refuse(SW.wrongData);
  if (material.algorithm === ALG.x25519) return checkedOnCurve(() => copy(x25519.getSharedSecret(material.secret, peer)));
  const curve = curveOf(material.algorithm) ?? refuse(SW.wrongData);
  if (peer.length !== 1 + 2 * fieldBytes(material.algorithm) || peer[0] !== 0x04) refuse(SW.wrongData);
  return checkedOnCurve(() => copy(curve.getSharedSecret(material.secret, peer, true).subarray(1)));
}

/** Signature over a message by an attestation key: ECDSA with the curve's hash of the SHA-2 family. */
export function signMessage(key: EcSecret, message: Uint8Array): Bytes {
  const curve = curveOf(key.algorithm) ?? refuse(SW.wrongData);
  const length = fieldBytes(key.algorithm);
  const compact = curve.sign(message, key.secret, { lowS: false });
  return sequence(unsignedInteger(compact.subarray(0, length)), unsignedInteger(compact.subarray(length)));
}
