import { type Bytes, leftPad, wipe } from '../../codec/bytes.ts';
import { Builder, Cursor } from '../../codec/cursor.ts';
import { CodecError } from '../../codec/errors.ts';
import type { EdgePrivateKey, EdgePublicKey } from '../card-edge.ts';

/*
 * BCRYPT_RSAKEY_BLOB (bcrypt.h): a little-endian header of 24 bytes and natural numbers. No entry point takes or gives it; programs that speak
 * CNG hold their RSA keys in it.
 */

export const BCRYPT_RSAPUBLIC_MAGIC = 0x31415352;
export const BCRYPT_RSAPRIVATE_MAGIC = 0x32415352;
export const BCRYPT_RSAFULLPRIVATE_MAGIC = 0x33415352;

const HEADER_BYTES = 24;
const MAX_RSA_BITS = 16384;

type RsaPublic = EdgePublicKey & { readonly kind: 'rsa' };
type RsaPrivate = EdgePrivateKey & { readonly kind: 'rsa' };

/** The two numbers and the primes; the full form's dP, dQ, qInv and d come with {@link decodeBcryptRsaKeyBlob}'s `full`. */
export interface BcryptRsaKey {
  readonly publicKey: RsaPublic;
  readonly primes?: { readonly p: Bytes; readonly q: Bytes };
  /** From BCRYPT_RSAFULLPRIVATE_BLOB. The receiver wipes it. */
  readonly full?: RsaPrivate;
}

const bad = (message: string): CodecError => new CodecError('bad-value', message);

function shortest(number: Uint8Array): Uint8Array {
  const first = number.findIndex((octet) => octet !== 0);
  return first < 0 ? number.subarray(0, 0) : number.subarray(first);
}

function header(magic: number, { modulus, publicExponent }: RsaPublic | RsaPrivate, primes: readonly Uint8Array[]): Builder {
  const [n, e] = [shortest(modulus), shortest(publicExponent)];
  if (n.length === 0 || e.length === 0) throw bad('a number of the key is zero');
  const bits = 8 * n.length - (Math.clz32(n[0] ?? 0) - 24);
  const [cbPrime1 = 0, cbPrime2 = 0] = primes.map((prime) => prime.length);
  return new Builder().u32le(magic).u32le(bits).u32le(e.length).u32le(n.length).u32le(cbPrime1).u32le(cbPrime2).put(e).put(n);
}

/** BCRYPT_RSAPUBLIC_BLOB. @throws CodecError `bad-value` */
export function encodeBcryptRsaPublicBlob(key: RsaPublic): Bytes {
  return header(BCRYPT_RSAPUBLIC_MAGIC, key, []).finish();
}

/** BCRYPT_RSAFULLPRIVATE_BLOB. The caller wipes it. @throws CodecError `bad-value` */
export function encodeBcryptRsaFullPrivateBlob(key: RsaPrivate): Bytes {
  const [p, q] = [shortest(key.p), shortest(key.q)];
  const out = header(BCRYPT_RSAFULLPRIVATE_MAGIC, key, [p, q]).put(p).put(q);
  out
    .put(leftPad(shortest(key.dP), p.length))
    .put(leftPad(shortest(key.dQ), q.length))
    .put(leftPad(shortest(key.qInv), p.length));
  return out.put(leftPad(shortest(key.d), shortest(key.modulus).length)).finish();
}

/** A key from any of the three forms. @throws CodecError for anything malformed */
export function decodeBcryptRsaKeyBlob(blob: Uint8Array): BcryptRsaKey {
  const at = new Cursor(blob);
  const Magic = at.u32le();
  const [BitLength, cbPublicExp, cbModulus, cbPrime1, cbPrime2] = [at.u32le(), at.u32le(), at.u32le(), at.u32le(), at.u32le()] as const;
  const isPublic = Magic === BCRYPT_RSAPUBLIC_MAGIC;
  const isFull = Magic === BCRYPT_RSAFULLPRIVATE_MAGIC;
  if (!isPublic && !isFull && Magic !== BCRYPT_RSAPRIVATE_MAGIC) throw bad('not the header of an RSA key blob');
  const primesFit = isPublic ? cbPrime1 === 0 && cbPrime2 === 0 : cbPrime1 > 0 && cbPrime2 > 0 && cbPrime1 + cbPrime2 <= cbModulus + 1;
  if (
    BitLength === 0 ||
    BitLength > MAX_RSA_BITS ||
    cbModulus !== Math.ceil(BitLength / 8) ||
    cbPublicExp === 0 ||
    cbPublicExp > cbModulus ||
    !primesFit
  )
    throw bad('the lengths of the blob do not belong together');
  const primeBytes = isPublic ? 0 : cbPrime1 + cbPrime2;
  const fullBytes = isFull ? 2 * cbPrime1 + cbPrime2 + cbModulus : 0;
  if (blob.length !== HEADER_BYTES + cbPublicExp + cbModulus + primeBytes + fullBytes) throw bad('not the length of this RSA key blob');
  const publicExponent = at.take(cbPublicExp);
  const modulus = at.take(cbModulus);
  const publicKey: RsaPublic = { kind: 'rsa', modulus, publicExponent };
  if (isPublic) return { publicKey };
  const primes = { p: at.take(cbPrime1), q: at.take(cbPrime2) };
  if (!isFull) return { publicKey, primes };
  const [dP, dQ, qInv, d] = [at.take(cbPrime1), at.take(cbPrime2), at.take(cbPrime1), at.take(cbModulus)] as const;
  return { publicKey, primes, full: { ...publicKey, ...primes, dP, dQ, qInv, d } };
}

/** Overwrites everything secret in a decoded key. */
export function wipeBcryptRsaKey({ primes, full }: BcryptRsaKey): void {
  wipe(primes?.p, primes?.q, full?.dP, full?.dQ, full?.qInv, full?.d);
}
