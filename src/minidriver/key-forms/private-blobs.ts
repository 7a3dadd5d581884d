import { type Bytes, concat, leftPad, reversed } from '../../codec/bytes.ts';
import { Builder, Cursor } from '../../codec/cursor.ts';
import type { EdgePrivateKey, EdgeUsage } from '../card-edge.ts';
import { aiKeyAlgOf, bad, ECC_ROWS, PRIVATE, PRIVATEKEYBLOB, rsaBuilder, rsaHeader, shortest } from './blob-forms.ts';

/*
 * Private key blobs, the forms that CardCreateContainer(Ex) imports (CHOICES.md, private-blob-layout). Decoding looks at the form only:
 * whether the numbers belong together is imported-key.ts's matter.
 */

/** BCRYPT_ECCKEY_BLOB. */
const ECC_HEADER_BYTES = 8;

/**
 * A private key from PRIVATEKEYBLOB: RSA2 with n, p, q, dP, dQ, qInv, d little-endian. The algorithm must be that of `usage`. The caller
 * wipes the result.
 * @throws CodecError for anything malformed
 */
export function decodeRsaPrivateKeyBlob(blob: Uint8Array, usage: EdgeUsage): EdgePrivateKey & { readonly kind: 'rsa' } {
  const at = new Cursor(blob);
  const { aiKeyAlg, bitlen, pubexp } = rsaHeader(at, PRIVATEKEYBLOB);
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
  return { kind: 'rsa', modulus, publicExponent: pubexp, p, q, dP, dQ, qInv, d };
}

/**
 * A private key from an ECC private blob: X, Y and d. The magic must be that of curve and usage. The caller wipes the result.
 * @throws CodecError for anything malformed
 */
export function decodeEccPrivateKeyBlob(
  blob: Uint8Array,
  curve: 'P-256' | 'P-384' | 'P-521',
  usage: EdgeUsage,
): EdgePrivateKey & { readonly kind: 'ec' } {
  const at = new Cursor(blob);
  const magic = at.u32le();
  const row = ECC_ROWS.find((candidate) => candidate.magic + PRIVATE === magic);
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
  const half = modulus.length / 2;
  if (!Number.isInteger(half) || ((modulus[0] ?? 0) & 0x80) === 0) throw bad('a key that has no CAPI form');
  const out = rsaBuilder(PRIVATEKEYBLOB, usage, modulus, shortest(key.publicExponent));
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
  return new Builder()
    .u32le(row.magic + PRIVATE)
    .u32le(row.cbKey)
    .put(key.point.subarray(1))
    .put(leftPad(key.d, row.cbKey))
    .finish();
}
