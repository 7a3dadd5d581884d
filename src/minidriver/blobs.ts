import { type Bytes, concat, leftPad, reversed, wipe } from '../codec/bytes.ts';
import { Builder, Cursor } from '../codec/cursor.ts';
import { CodecError } from '../codec/errors.ts';
import type { EdgePrivateKey, EdgePublicKey, EdgeUsage } from './card-edge.ts';
import { CALG_RSA_KEYX, CALG_RSA_SIGN } from './constants.ts';

/*
 * Key blobs that cross the interface. CAPI's RSA blobs are little-endian throughout; the ECC blobs of CNG have a little-endian header
 * and natural numbers (wincrypt.h, bcrypt.h; private forms: CHOICES.md, private-blob-layout).
 */

const PUBLICKEYBLOB = 6;
const PRIVATEKEYBLOB = 7;
const CUR_BLOB_VERSION = 2;
const RSA1 = 0x31415352;
const RSA2 = 0x32415352;
/** BLOBHEADER (8) and RSAPUBKEY (12). */
const RSA_HEADER_BYTES = 20;
/** BCRYPT_ECCKEY_BLOB. */
const ECC_HEADER_BYTES = 8;
const MAX_RSA_BITS = 16384;

type Curve = 'P-256' | 'P-384' | 'P-521';

interface EccRow {
  readonly curve: Curve;
  readonly usage: EdgeUsage;
  readonly cbKey: number;
  readonly publicMagic: number;
  readonly privateMagic: number;
}

/** Magic numbers of ECC blobs (bcrypt.h). */
const ECC_ROWS: readonly EccRow[] = [
  { curve: 'P-256', usage: 'signature', cbKey: 32, publicMagic: 0x31534345, privateMagic: 0x32534345 },
  { curve: 'P-384', usage: 'signature', cbKey: 48, publicMagic: 0x33534345, privateMagic: 0x34534345 },
  { curve: 'P-521', usage: 'signature', cbKey: 66, publicMagic: 0x35534345, privateMagic: 0x36534345 },
  { curve: 'P-256', usage: 'key-exchange', cbKey: 32, publicMagic: 0x314b4345, privateMagic: 0x324b4345 },
  { curve: 'P-384', usage: 'key-exchange', cbKey: 48, publicMagic: 0x334b4345, privateMagic: 0x344b4345 },
  { curve: 'P-521', usage: 'key-exchange', cbKey: 66, publicMagic: 0x354b4345, privateMagic: 0x364b4345 },
];

const aiKeyAlgOf = (usage: EdgeUsage): number => (usage === 'signature' ? CALG_RSA_SIGN : CALG_RSA_KEYX);

const bad = (message: string): CodecError => new CodecError('bad-value', message);

function shortest(number: Uint8Array): Uint8Array {
  const first = number.findIndex((octet) => octet !== 0);
  return first < 0 ? number.subarray(0, 0) : number.subarray(first);
}

/** PUBLICKEYBLOB of an RSA key, BCRYPT_ECCKEY_BLOB of an EC key. @throws CodecError `bad-value` for a key that has no blob form. */
export function encodePublicKeyBlob(key: EdgePublicKey, usage: EdgeUsage): Bytes {
  if (key.kind === 'rsa') {
    const modulus = shortest(key.modulus);
    const exponent = shortest(key.publicExponent);
    if (exponent.length > 4) throw bad('the public exponent is longer than a DWORD');
    return new Builder()
      .u8(PUBLICKEYBLOB)
      .u8(CUR_BLOB_VERSION)
      .u16le(0)
      .u32le(aiKeyAlgOf(usage))
      .u32le(RSA1)
      .u32le(8 * modulus.length)
      .put(reversed(leftPad(exponent, 4)))
      .put(reversed(modulus))
      .finish();
  }
  const row = ECC_ROWS.find((candidate) => candidate.curve === key.curve && candidate.usage === usage);
  if (row === undefined || key.point.length !== 1 + 2 * row.cbKey || key.point[0] !== 4) throw bad('not an uncompressed point');
  return new Builder().u32le(row.publicMagic).u32le(row.cbKey).put(key.point.subarray(1)).finish();
}

function rsaHeader(at: Cursor, bType: number, magic: number): { aiKeyAlg: number; bitlen: number; pubexp: Bytes } {
  const header = { bType: at.u8(), bVersion: at.u8(), reserved: at.u16le(), aiKeyAlg: at.u32le(), magic: at.u32le(), bitlen: at.u32le() };
  if (header.bType !== bType || header.bVersion !== CUR_BLOB_VERSION || header.reserved !== 0 || header.magic !== magic)
    throw bad('not the header of this RSA blob');
  if (header.bitlen === 0 || header.bitlen % 16 !== 0 || header.bitlen > MAX_RSA_BITS) throw bad('not a modulus length');
  return { aiKeyAlg: header.aiKeyAlg, bitlen: header.bitlen, pubexp: Uint8Array.from(shortest(reversed(at.take(4)))) };
}

/** A public key and its usage from a blob of either kind. @throws CodecError for anything malformed. */
export function decodePublicKeyBlob(blob: Uint8Array): { readonly key: EdgePublicKey; readonly usage: EdgeUsage } {
  const at = new Cursor(blob);
  if (blob[0] === PUBLICKEYBLOB && blob.length >= RSA_HEADER_BYTES) {
    const { aiKeyAlg, bitlen, pubexp } = rsaHeader(at, PUBLICKEYBLOB, RSA1);
    if (aiKeyAlg !== CALG_RSA_SIGN && aiKeyAlg !== CALG_RSA_KEYX) throw bad('not an RSA algorithm');
    const modulus = reversed(at.take(bitlen / 8));
    at.expectEnd();
    return { key: { kind: 'rsa', modulus, publicExponent: pubexp }, usage: aiKeyAlg === CALG_RSA_SIGN ? 'signature' : 'key-exchange' };
  }
  const magic = at.u32le();
  const row = ECC_ROWS.find((candidate) => candidate.publicMagic === magic);
  if (row === undefined || at.u32le() !== row.cbKey) throw bad('not the header of a public key blob');
  const point = concat(Uint8Array.of(4), at.take(2 * row.cbKey));
  at.expectEnd();
  return { key: { kind: 'ec', curve: row.curve, point }, usage: row.usage };
}

/** The product of two big-endian numbers, octet by octet, so that it can be wiped. */
function product(a: Uint8Array, b: Uint8Array): Bytes {
  const sums = new Uint32Array(a.length + b.length);
  for (let i = a.length - 1; i >= 0; i--) {
    let carry = 0;
    for (let j = b.length - 1; j >= 0; j--) {
      const sum = (sums[i + j + 1] ?? 0) + (a[i] ?? 0) * (b[j] ?? 0) + carry;
      sums[i + j + 1] = sum & 0xff;
      carry = sum >>> 8;
    }
    sums[i] = (sums[i] ?? 0) + carry;
  }
  const out = Uint8Array.from(sums);
  sums.fill(0);
  return out;
}

/**
 * A private key from PRIVATEKEYBLOB: RSA2 with n, p, q, dP, dQ, qInv, d little-endian. The algorithm must be that of `usage`; the
 * modulus must be the product of its primes and the exponent odd, so that a damaged blob is not written over a good key.
 * The caller wipes the result.
 * @throws CodecError for anything malformed
 */
export function decodeRsaPrivateKeyBlob(blob: Uint8Array, usage: EdgeUsage): EdgePrivateKey & { readonly kind: 'rsa' } {
  const at = new Cursor(blob);
  const { aiKeyAlg, bitlen, pubexp } = rsaHeader(at, PRIVATEKEYBLOB, RSA2);
  if (aiKeyAlg !== aiKeyAlgOf(usage)) throw bad('the algorithm of the blob is not that of the key specification');
  const n = bitlen / 8;
  if (at.remaining !== n + 5 * (n / 2) + n) throw bad('not the length of an RSA private key blob');
  const take = (lengthBytes: number): Bytes => at.take(lengthBytes).reverse();
  const [modulus, p, q, dP, dQ, qInv, d] = [take(n), take(n / 2), take(n / 2), take(n / 2), take(n / 2), take(n / 2), take(n)] as [
    Bytes,
    Bytes,
    Bytes,
    Bytes,
    Bytes,
    Bytes,
    Bytes,
  ];
  const check = product(p, q);
  const whole = check.every((octet, i) => octet === modulus[i]) && ((modulus[0] ?? 0) & 0x80) !== 0;
  const exponentFits = pubexp.length > 0 && ((pubexp.at(-1) ?? 0) & 1) === 1 && !(pubexp.length === 1 && pubexp[0] === 1);
  wipe(check);
  if (!whole || !exponentFits) {
    wipe(p, q, dP, dQ, qInv, d);
    throw bad('the numbers of the blob do not belong together');
  }
  return { kind: 'rsa', modulus, publicExponent: pubexp, p, q, dP, dQ, qInv, d };
}

/**
 * A private key from an ECC private blob: X, Y and d. The magic must be that of curve and usage. The caller wipes the result.
 * @throws CodecError for anything malformed
 */
export function decodeEccPrivateKeyBlob(blob: Uint8Array, curve: Curve, usage: EdgeUsage): EdgePrivateKey & { readonly kind: 'ec' } {
  const at = new Cursor(blob);
  const magic = at.u32le();
  const row = ECC_ROWS.find((candidate) => candidate.privateMagic === magic);
  if (row === undefined || row.curve !== curve || row.usage !== usage || at.u32le() !== row.cbKey)
    throw bad('not the private key blob of this key specification');
  if (blob.length !== ECC_HEADER_BYTES + 3 * row.cbKey) throw bad('not the length of an ECC private key blob');
  const point = concat(Uint8Array.of(4), at.take(2 * row.cbKey));
  const d = at.take(row.cbKey);
  if (d.every((octet) => octet === 0)) throw bad('the private number is zero');
  return { kind: 'ec', curve, point, d };
}

/** PRIVATEKEYBLOB, the form that CardCreateContainer(Ex) imports. The caller wipes it. @throws CodecError `bad-value` for a key that has no such form */
export function encodeRsaPrivateKeyBlob(key: EdgePrivateKey & { readonly kind: 'rsa' }, usage: EdgeUsage): Bytes {
  const modulus = shortest(key.modulus);
  const exponent = shortest(key.publicExponent);
  const half = modulus.length / 2;
  if (exponent.length > 4 || !Number.isInteger(half) || ((modulus[0] ?? 0) & 0x80) === 0) throw bad('a key that has no CAPI form');
  const out = new Builder()
    .u8(PRIVATEKEYBLOB)
    .u8(CUR_BLOB_VERSION)
    .u16le(0)
    .u32le(aiKeyAlgOf(usage))
    .u32le(RSA2)
    .u32le(8 * modulus.length)
    .put(reversed(leftPad(exponent, 4)))
    .put(reversed(modulus));
  for (const part of [key.p, key.q, key.dP, key.dQ, key.qInv]) {
    if (shortest(part).length > half) throw bad('primes of unequal length have no CAPI form');
    out.put(reversed(leftPad(shortest(part), half)));
  }
  return out.put(reversed(leftPad(shortest(key.d), modulus.length))).finish();
}

/** The private BCRYPT_ECCKEY_BLOB, the form that CardCreateContainer(Ex) imports. The caller wipes it. @throws CodecError `bad-value` */
export function encodeEccPrivateKeyBlob(key: EdgePrivateKey & { readonly kind: 'ec' }, usage: EdgeUsage): Bytes {
  const row = ECC_ROWS.find((candidate) => candidate.curve === key.curve && candidate.usage === usage);
  if (row === undefined || key.point.length !== 1 + 2 * row.cbKey || key.point[0] !== 4 || key.d.length > row.cbKey)
    throw bad('not a key of the curve');
  return new Builder().u32le(row.privateMagic).u32le(row.cbKey).put(key.point.subarray(1)).put(leftPad(key.d, row.cbKey)).finish();
}
