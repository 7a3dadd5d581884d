import { type Bytes, leftPad } from '../../codec/bytes.ts';
import { toHex } from '../../codec/hex.ts';
import { type BignumModule, loadBignum, RsaPrivateKey as CoreKey } from '../../crypto/bignum/index.ts';
import { CryptoError } from '../../crypto/errors.ts';

/*
 * The card's RSA: the raw private operation (RFC 8017, 5.1.2 with the second representation of the key) and key generation. The
 * operation runs in the constant-time core; where a page forbids WebAssembly it runs on BigInt, whose time depends on the key: fit for
 * a simulator, not for a card.
 */

/** RSA private key in natural (big-endian) order; every number of the two halves has half the modulus' length. */
export interface RsaPrivateKey {
  readonly modulus: Bytes;
  readonly publicExponent: Bytes;
  readonly p: Bytes;
  readonly q: Bytes;
  readonly dP: Bytes;
  readonly dQ: Bytes;
  readonly qInv: Bytes;
}

/** The private operation on one block of exactly the modulus' length. The caller has checked the length and that it is below the modulus. */
export type RsaEngine = (key: RsaPrivateKey, block: Bytes) => Promise<Bytes>;

/** Makes a key pair with public exponent 65537. */
export type GenerateRsa = (modulusBits: number) => Promise<RsaPrivateKey>;

export function toNumber(octets: Uint8Array): bigint {
  return octets.length === 0 ? 0n : BigInt(`0x${toHex(octets)}`);
}

/** Big-endian octets of `value`, left-padded to `lengthBytes`. */
export function toOctets(value: bigint, lengthBytes: number): Bytes {
  const digits = value.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  const out = new Uint8Array(even.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(even.slice(2 * i, 2 * i + 2), 16);
  return leftPad(out, lengthBytes);
}

/** base^exponent mod modulus, four exponent bits at a time. */
export function modPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const table = [1n];
  for (let i = 1; i < 16; i++) table.push(((table[i - 1] ?? 1n) * base) % modulus);
  let out = 1n;
  for (const digit of exponent.toString(16)) {
    for (let i = 0; i < 4; i++) out = (out * out) % modulus;
    out = (out * (table[Number.parseInt(digit, 16)] ?? 1n)) % modulus;
  }
  return out;
}

/** x^-1 mod modulus by the extended Euclidean algorithm; 0 when there is none. */
export function modInverse(x: bigint, modulus: bigint): bigint {
  let [r, next] = [modulus, x % modulus];
  let [t, nextT] = [0n, 1n];
  while (next !== 0n) {
    const quotient = r / next;
    [r, next] = [next, r - quotient * next];
    [t, nextT] = [nextT, t - quotient * nextT];
  }
  if (r !== 1n) return 0n;
  return t < 0n ? t + modulus : t;
}

/** Chinese remainder theorem by Garner; the result is checked with the public exponent, so a damaged key gives no wrong signature. */
export const bigIntRsa: RsaEngine = async (key, block) => {
  const [p, q, n] = [toNumber(key.p), toNumber(key.q), toNumber(key.modulus)];
  const m = toNumber(block);
  const m1 = modPow(m % p, toNumber(key.dP), p);
  const m2 = modPow(m % q, toNumber(key.dQ), q);
  const h = (toNumber(key.qInv) * (((m1 - m2) % p) + p)) % p;
  const out = m2 + h * q;
  if (modPow(out, toNumber(key.publicExponent), n) !== m) throw new Error('the RSA key is damaged');
  return toOctets(out, key.modulus.length);
};

/** Undefined where WebAssembly is forbidden. */
let core: Promise<BignumModule | undefined> | undefined;

async function loadCore(): Promise<BignumModule | undefined> {
  try {
    return await loadBignum();
  } catch (error) {
    if (error instanceof CryptoError && error.reason === 'wasm-forbidden') return undefined;
    throw error;
  }
}

/** Keys in their instances of the core, as long as a card holds them. */
const loaded = new WeakMap<RsaPrivateKey, CoreKey>();

/** The card's engine: the core of crypto/bignum, which checks each result before it is released; BigInt where there is no WebAssembly. */
export const coreRsa: RsaEngine = async (key, block) => {
  core ??= loadCore();
  const module = await core;
  if (module === undefined) return bigIntRsa(key, block);
  let ready = loaded.get(key);
  if (ready === undefined) {
    ready = new CoreKey(module, { ...key, n: key.modulus, e: key.publicExponent });
    loaded.set(key, ready);
  }
  return ready.privateOp(block);
};

/** A private key from its primes, for e = 65537; undefined when the primes do not make a key of `modulusBits`. */
export function rsaFromPrimes(pOctets: Uint8Array, qOctets: Uint8Array, modulusBits: number): RsaPrivateKey | undefined {
  const [p, q, e] = [toNumber(pOctets), toNumber(qOctets), 65537n];
  const n = p * q;
  if (n.toString(2).length !== modulusBits || p === q) return undefined;
  const [d1, d2, inverse] = [modInverse(e, p - 1n), modInverse(e, q - 1n), modInverse(q, p)];
  if (d1 === 0n || d2 === 0n || inverse === 0n) return undefined;
  const half = modulusBits / 16;
  return {
    modulus: toOctets(n, modulusBits / 8),
    publicExponent: Uint8Array.of(1, 0, 1),
    p: toOctets(p, half),
    q: toOctets(q, half),
    dP: toOctets(d1, half),
    dQ: toOctets(d2, half),
    qInv: toOctets(inverse, half),
  };
}

function fromBase64Url(text: string, lengthBytes: number): Bytes {
  const raw = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return leftPad(
    Uint8Array.from(raw, (character) => character.charCodeAt(0)),
    lengthBytes,
  );
}

/** Key generation by WebCrypto; the private numbers come out as JSON Web Key (RFC 7518, 6.3.2). Needs a secure context in a page. */
export const webCryptoGenerateRsa: GenerateRsa = async (modulusBits) => {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', modulusLength: modulusBits, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' };
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const jwk = await crypto.subtle.exportKey('jwk', pair.privateKey);
  const half = modulusBits / 16;
  return {
    modulus: fromBase64Url(jwk.n ?? '', modulusBits / 8),
    publicExponent: fromBase64Url(jwk.e ?? '', 3),
    p: fromBase64Url(jwk.p ?? '', half),
    q: fromBase64Url(jwk.q ?? '', half),
    dP: fromBase64Url(jwk.dp ?? '', half),
    dQ: fromBase64Url(jwk.dq ?? '', half),
    qInv: fromBase64Url(jwk.qi ?? '', half),
  };
};
