import { type Bytes, copy } from '../../codec/bytes.ts';
import type { HashName } from '../../crypto/digest.ts';
import { bitLength } from '../../crypto/pkcs1.ts';
import { publicKeyJwk } from '../../crypto/public-key.ts';
import type { SignatureScheme } from '../../crypto/verify.ts';
import { algorithmName, cardCrypto, type CardPrivateKey, checkAlgorithm } from './card-crypto.ts';
import type { CardContainer } from './container.ts';

export type SigningKeyAlgorithm =
  | { readonly name: 'ECDSA'; readonly namedCurve: 'P-256' | 'P-384' | 'P-521' }
  | {
      readonly name: 'RSASSA-PKCS1-v1_5' | 'RSA-PSS';
      readonly modulusLength: number;
      readonly publicExponent: Bytes;
      readonly hash: { readonly name: HashName };
    };

export type CardSigningKey = CardPrivateKey<SigningKeyAlgorithm, 'sign'>;

export interface SignerOptions {
  /** For RSA keys. */
  readonly padding?: 'pkcs1' | 'pss';
  /** For RSA keys, whose hash WebCrypto binds to the key. SHA-256 when absent. */
  readonly hash?: HashName;
}

/** A pair as generateKey would give it, and a Crypto that can sign with it. */
export interface CardSigner {
  readonly privateKey: CardSigningKey;
  /** A real CryptoKey of the platform. */
  readonly publicKey: CryptoKey;
  /** Has the shape of globalThis.crypto. */
  readonly crypto: Crypto;
}

/** Numbers of an RSA key as WebCrypto shows them. */
export function rsaFacts({ modulus, publicExponent }: { readonly modulus: Bytes; readonly publicExponent: Bytes }): {
  readonly modulusLength: number;
  readonly publicExponent: Bytes;
} {
  return { modulusLength: bitLength(modulus), publicExponent: copy(publicExponent) };
}

function algorithmOf({ publicKey }: CardContainer, { padding = 'pkcs1', hash = 'SHA-256' }: SignerOptions): SigningKeyAlgorithm {
  if (publicKey.kind === 'ec') return { name: 'ECDSA', namedCurve: publicKey.curve };
  return { name: padding === 'pss' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5', ...rsaFacts(publicKey), hash: { name: hash } };
}

const HASHES: readonly HashName[] = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];

function hashOf(value: unknown): HashName {
  const found = value === undefined ? undefined : HASHES.find((each) => each === algorithmName(value));
  if (found === undefined) throw new DOMException('the hash is missing or unknown', 'NotSupportedError');
  return found;
}

/** The scheme that an algorithm given to subtle.sign means for the key (W3C Web Cryptography, 20, 21 and 23). */
function schemeOf(key: SigningKeyAlgorithm, given: unknown): SignatureScheme {
  checkAlgorithm(key, given);
  const { hash, saltLength } = given as { readonly hash?: unknown; readonly saltLength?: unknown };
  if (key.name === 'ECDSA') return { kind: 'ecdsa', hash: hashOf(hash), form: 'raw' };
  // WebCrypto takes the key's hash and no other: a library that asks for another one would state a wrong one in what it signs.
  if (hash !== undefined && hashOf(hash) !== key.hash.name) throw new DOMException('the key is one for another hash', 'InvalidAccessError');
  if (key.name === 'RSASSA-PKCS1-v1_5') return { kind: 'rsa-pkcs1', hash: key.hash.name };
  if (typeof saltLength !== 'number') throw new DOMException('saltLength is missing', 'OperationError');
  return { kind: 'rsa-pss', hash: key.hash.name, saltBytes: saltLength };
}

/**
 * The container's key as JavaScript's certificate libraries know keys: a pair of CryptoKey's shape, and a Crypto whose subtle.sign has the
 * card sign. The PIN is the caller's matter: the container's role is proven before, and where it is asked for each time, before each
 * signature. Errors of the algorithm are DOMExceptions as WebCrypto has them, those of the card MinidriverErrors. Ed25519 keys have no key
 * specification in the minidriver's interface, and so no container.
 *
 * With `@peculiar/x509`:
 *
 *     const { crypto, ...keys } = await cardSigner(container);
 *     await Pkcs10CertificateRequestGenerator.create({ name, keys: keys as CryptoKeyPair, signingAlgorithm: { hash: 'SHA-256' } }, crypto);
 *
 * With `pkijs`, for requests, certificates and signed messages:
 *
 *     const engine = new CryptoEngine({ name: 'card', crypto });
 *     await request.subjectPublicKeyInfo.importKey(keys.publicKey, engine);
 *     await request.sign(keys.privateKey as CryptoKey, 'SHA-256', engine);
 */
export async function cardSigner(container: CardContainer, options: SignerOptions = {}): Promise<CardSigner> {
  const algorithm = algorithmOf(container, options);
  const privateKey: CardSigningKey = Object.freeze({ type: 'private', extractable: false, algorithm, usages: ['sign'] as const });
  const imported = algorithm.name === 'ECDSA' ? { name: 'ECDSA', namedCurve: algorithm.namedCurve } : { name: algorithm.name, hash: algorithm.hash };
  const publicKey = await globalThis.crypto.subtle.importKey('jwk', publicKeyJwk(container.publicKey), imported, true, ['verify']);
  const crypto = cardCrypto(privateKey, { sign: async (given, data) => (await container.sign(data, schemeOf(algorithm, given))).buffer });
  return { privateKey, publicKey, crypto };
}
