import { type Bytes, wipe } from '../../codec/bytes.ts';
import type { HashName } from '../../crypto/digest.ts';
import { publicKeyJwk } from '../../crypto/public-key.ts';
import { cardCrypto, type CardOperations, type CardPrivateKey, checkAlgorithm, octets } from './card-crypto.ts';
import type { CardContainer, EncryptionPadding } from './container.ts';
import { rsaFacts } from './signer.ts';

export type DecryptionKeyAlgorithm =
  | { readonly name: 'ECDH'; readonly namedCurve: 'P-256' | 'P-384' | 'P-521' }
  | { readonly name: 'RSA-OAEP'; readonly modulusLength: number; readonly publicExponent: Bytes; readonly hash: { readonly name: HashName } }
  /** No algorithm of WebCrypto, but what libraries call RFC 8017, 7.2. */
  | { readonly name: 'RSAES-PKCS1-v1_5'; readonly modulusLength: number; readonly publicExponent: Bytes };

export type CardDecryptionKey = CardPrivateKey<DecryptionKeyAlgorithm, 'decrypt' | 'deriveBits'>;

export interface DecrypterOptions {
  /** For RSA keys: how messages were encrypted. OAEP when absent. */
  readonly padding?: 'pkcs1' | 'oaep';
  /** For OAEP. SHA-1 when absent, as for those who encrypt. */
  readonly hash?: HashName;
}

/** A key pair for what others encrypted, and a Crypto that can use it. */
export interface CardDecrypter {
  readonly privateKey: CardDecryptionKey;
  /** A real CryptoKey of the platform: of ECDH, or of RSA-OAEP. */
  readonly publicKey: CryptoKey;
  /** Has the shape of globalThis.crypto. */
  readonly crypto: Crypto;
}

function algorithmOf({ publicKey }: CardContainer, { padding = 'oaep', hash = 'SHA-1' }: DecrypterOptions): DecryptionKeyAlgorithm {
  if (publicKey.kind === 'ec') return { name: 'ECDH', namedCurve: publicKey.curve };
  const facts = rsaFacts(publicKey);
  return padding === 'pkcs1' ? { name: 'RSAES-PKCS1-v1_5', ...facts } : { name: 'RSA-OAEP', ...facts, hash: { name: hash } };
}

function paddingOf(own: DecryptionKeyAlgorithm, given: unknown): EncryptionPadding {
  checkAlgorithm(own, given);
  if (own.name !== 'RSA-OAEP') return { kind: 'pkcs1' };
  const { label } = given as { readonly label?: BufferSource };
  return { kind: 'oaep', hash: own.hash.name, ...(label === undefined ? {} : { label: octets(label) }) };
}

/** The secret shared with the public key in `given`, or its first `length` bits (W3C Web Cryptography, 24.4.2). */
async function agreed(container: CardContainer, own: DecryptionKeyAlgorithm, given: unknown, length: number | null): Promise<ArrayBuffer> {
  checkAlgorithm(own, given);
  const { public: other } = given as { readonly public?: CryptoKey };
  const { namedCurve } = (other?.algorithm ?? {}) as { readonly namedCurve?: unknown };
  if (other === undefined || own.name !== 'ECDH' || namedCurve !== own.namedCurve)
    throw new DOMException('the other key is not a public key of this curve', 'InvalidAccessError');
  const point = new Uint8Array(await globalThis.crypto.subtle.exportKey('raw', other));
  const secret = await container.derive({ kind: 'ec', curve: own.namedCurve, point }, { kind: 'raw' });
  try {
    const wanted = length ?? secret.length * 8;
    if (wanted % 8 !== 0 || wanted > secret.length * 8) throw new DOMException('not so many bits can be agreed', 'OperationError');
    return secret.slice(0, wanted / 8).buffer;
  } finally {
    wipe(secret);
  }
}

/**
 * The container's key for libraries that open what others encrypted to it: a private key of CryptoKey's shape, and a Crypto whose
 * subtle.decrypt or subtle.deriveBits has the card work. The PIN is the caller's matter, as with cardSigner. Errors of the algorithm are
 * DOMExceptions as WebCrypto has them, those of the card MinidriverErrors: any bad padding is SCARD_F_INTERNAL_ERROR.
 *
 * With `pkijs`, for CMS EnvelopedData (RSA and ECDH recipients alike):
 *
 *     const { privateKey, crypto } = await cardDecrypter(container, { padding: 'oaep', hash: 'SHA-256' });
 *     const engine = new CryptoEngine({ name: 'card', crypto });
 *     await enveloped.decrypt(0, { recipientCertificate, recipientPrivateKey: privateKey as CryptoKey }, engine);
 *
 * @throws TypeError for a container of signatures
 */
export async function cardDecrypter(container: CardContainer, options: DecrypterOptions = {}): Promise<CardDecrypter> {
  if (container.usage !== 'key-exchange') throw new TypeError('the container is one for signatures');
  const algorithm = algorithmOf(container, options);
  const usage = algorithm.name === 'ECDH' ? 'deriveBits' : 'decrypt';
  const privateKey: CardDecryptionKey = Object.freeze({ type: 'private', extractable: false, algorithm, usages: [usage] as const });
  const operations: CardOperations =
    algorithm.name === 'ECDH'
      ? { deriveBits: (given, length) => agreed(container, algorithm, given, length) }
      : { decrypt: async (given, data) => (await container.decrypt(data, paddingOf(algorithm, given))).buffer };
  const imported =
    algorithm.name === 'ECDH'
      ? { name: 'ECDH', namedCurve: algorithm.namedCurve }
      : { name: 'RSA-OAEP', hash: algorithm.name === 'RSA-OAEP' ? algorithm.hash : 'SHA-1' };
  const usages: KeyUsage[] = algorithm.name === 'ECDH' ? [] : ['encrypt', 'wrapKey'];
  const publicKey = await globalThis.crypto.subtle.importKey('jwk', publicKeyJwk(container.publicKey), imported, true, usages);
  return { privateKey, publicKey, crypto: cardCrypto(privateKey, operations) };
}
