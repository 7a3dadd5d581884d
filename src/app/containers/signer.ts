import { type Bytes, copy } from '../../codec/bytes.ts';
import type { HashName } from '../../crypto/digest.ts';
import { bitLength } from '../../crypto/pkcs1.ts';
import { publicKeyJwk } from '../../crypto/public-key.ts';
import type { SignatureScheme } from '../../crypto/verify.ts';
import type { CardContainer } from './container.ts';

/*
 * A container's key as JavaScript's certificate libraries know keys: a CryptoKey to look at, and a Crypto whose subtle.sign has the card sign
 * for that key and leaves everything else to the platform's WebCrypto.
 */

/** The private key of a container in the shape of a CryptoKey. It can't be exported, and only {@link cardCrypto} can use it. */
export interface CardSigningKey {
  readonly type: 'private';
  readonly extractable: false;
  readonly algorithm: SigningKeyAlgorithm;
  readonly usages: readonly ['sign'];
}

export type SigningKeyAlgorithm =
  | { readonly name: 'ECDSA'; readonly namedCurve: 'P-256' | 'P-384' | 'P-521' }
  | {
      readonly name: 'RSASSA-PKCS1-v1_5' | 'RSA-PSS';
      readonly modulusLength: number;
      readonly publicExponent: Bytes;
      readonly hash: { readonly name: HashName };
    };

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

function algorithmOf({ publicKey }: CardContainer, { padding = 'pkcs1', hash = 'SHA-256' }: SignerOptions): SigningKeyAlgorithm {
  if (publicKey.kind === 'ec') return { name: 'ECDSA', namedCurve: publicKey.curve };
  return {
    name: padding === 'pss' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5',
    modulusLength: bitLength(publicKey.modulus),
    publicExponent: copy(publicKey.publicExponent),
    hash: { name: hash },
  };
}

const HASHES: readonly HashName[] = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];

function hashOf(value: unknown): HashName {
  const name = typeof value === 'string' ? value : typeof value === 'object' && value !== null && 'name' in value ? value.name : undefined;
  const found = HASHES.find((each) => each === String(name).toUpperCase());
  if (found === undefined) throw new DOMException('the hash is missing or unknown', 'NotSupportedError');
  return found;
}

/** The scheme that an algorithm given to subtle.sign means for the key (W3C Web Cryptography, 20 to 23). */
function schemeOf(key: SigningKeyAlgorithm, given: unknown): SignatureScheme {
  const parameters = (typeof given === 'string' ? { name: given } : given) as { name?: unknown; hash?: unknown; saltLength?: unknown };
  if (String(parameters.name).toUpperCase() !== key.name.toUpperCase())
    throw new DOMException('the key is one for another algorithm', 'InvalidAccessError');
  if (key.name === 'ECDSA') return { kind: 'ecdsa', hash: hashOf(parameters.hash), form: 'raw' };
  if (key.name === 'RSASSA-PKCS1-v1_5') return { kind: 'rsa-pkcs1', hash: key.hash.name };
  if (typeof parameters.saltLength !== 'number') throw new DOMException('saltLength is missing', 'OperationError');
  return { kind: 'rsa-pss', hash: key.hash.name, saltBytes: parameters.saltLength };
}

function octets(data: BufferSource): Uint8Array {
  return data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The platform's Crypto with one more key that it can sign with. The PIN is the caller's matter: the container's role is proven before. */
function cardCrypto(container: CardContainer, own: CardSigningKey): Crypto {
  const platform = globalThis.crypto;
  const sign = async (algorithm: AlgorithmIdentifier, key: unknown, data: BufferSource): Promise<ArrayBuffer> => {
    if (key !== own) return platform.subtle.sign(algorithm, key as CryptoKey, data);
    return (await container.sign(octets(data), schemeOf(own.algorithm, algorithm))).buffer;
  };
  const passing = <T extends object>(target: T, more: object): T =>
    new Proxy(target, {
      get(from, name) {
        if (Object.hasOwn(more, name)) return Reflect.get(more, name) as unknown;
        const value = Reflect.get(from, name, from) as unknown;
        return typeof value === 'function' ? (value.bind(from) as unknown) : value;
      },
    });
  return passing(platform, { subtle: passing(platform.subtle, { sign }) });
}

/** The container's key for libraries that take a CryptoKey pair and a Crypto. */
export async function cardSigner(container: CardContainer, options: SignerOptions = {}): Promise<CardSigner> {
  const algorithm = algorithmOf(container, options);
  const privateKey: CardSigningKey = Object.freeze({ type: 'private', extractable: false, algorithm, usages: ['sign'] as const });
  const imported = algorithm.name === 'ECDSA' ? { name: 'ECDSA', namedCurve: algorithm.namedCurve } : { name: algorithm.name, hash: algorithm.hash };
  const publicKey = await globalThis.crypto.subtle.importKey('jwk', publicKeyJwk(container.publicKey), imported, true, ['verify']);
  return { privateKey, publicKey, crypto: cardCrypto(container, privateKey) };
}
