import { type Bytes, concat, reversed } from '../../codec/bytes.ts';
import { Builder, Cursor } from '../../codec/cursor.ts';
import type { EdgePublicKey, EdgeUsage } from '../card-edge.ts';
import { aiKeyAlgOf, bad, ECC_ROWS, PUBLICKEYBLOB, RSA_HEADER_BYTES, rsaBuilder, rsaHeader, shortest } from './blob-forms.ts';

/*
 * Public key blobs that cross the interface. CAPI's RSA blobs are little-endian throughout; the ECC blobs of CNG have a little-endian
 * header and natural numbers (wincrypt.h, bcrypt.h). The private forms are in private-blobs.ts, which only who imports a key loads.
 */

/** PUBLICKEYBLOB of an RSA key, BCRYPT_ECCKEY_BLOB of an EC key. @throws CodecError `bad-value` for a key that has no blob form. */
export function encodePublicKeyBlob(key: EdgePublicKey, usage: EdgeUsage): Bytes {
  if (key.kind === 'rsa') {
    return rsaBuilder(PUBLICKEYBLOB, usage, shortest(key.modulus), shortest(key.publicExponent)).finish();
  }
  const row = ECC_ROWS.find((candidate) => candidate.curve === key.curve && candidate.usage === usage);
  if (row === undefined || key.point.length !== 1 + 2 * row.cbKey || key.point[0] !== 4) throw bad('not an uncompressed point');
  return new Builder().u32le(row.magic).u32le(row.cbKey).put(key.point.subarray(1)).finish();
}

/** A public key and its usage from a blob of either kind. @throws CodecError for anything malformed. */
export function decodePublicKeyBlob(blob: Uint8Array): { readonly key: EdgePublicKey; readonly usage: EdgeUsage } {
  const at = new Cursor(blob);
  if (blob[0] === PUBLICKEYBLOB && blob.length >= RSA_HEADER_BYTES) {
    const { aiKeyAlg, bitlen, pubexp } = rsaHeader(at, PUBLICKEYBLOB);
    const usage = (['signature', 'key-exchange'] as const).find((each) => aiKeyAlgOf(each) === aiKeyAlg);
    if (usage === undefined) throw bad('not an RSA algorithm');
    const modulus = reversed(at.take(bitlen / 8));
    at.expectEnd();
    return { key: { kind: 'rsa', modulus, publicExponent: pubexp }, usage };
  }
  const magic = at.u32le();
  const row = ECC_ROWS.find((candidate) => candidate.magic === magic);
  if (row === undefined || at.u32le() !== row.cbKey) throw bad('not a public key blob');
  const point = concat(Uint8Array.of(4), at.take(2 * row.cbKey));
  at.expectEnd();
  return { key: { kind: 'ec', curve: row.curve, point }, usage: row.usage };
}
