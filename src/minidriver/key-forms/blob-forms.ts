import { type Bytes, leftPad, reversed } from '../../codec/bytes.ts';
import { Builder, type Cursor } from '../../codec/cursor.ts';
import { CodecError } from '../../codec/errors.ts';
import type { EdgeUsage } from '../card-edge.ts';
import { CALG_RSA_KEYX, CALG_RSA_SIGN } from '../cardmod/constants.ts';

/* What public and private key blobs share (wincrypt.h, bcrypt.h). */

export const PUBLICKEYBLOB = 6;
export const PRIVATEKEYBLOB = 7;
const CUR_BLOB_VERSION = 2;
/** "RSA1", by bType; the private form is "RSA2". */
const RSA_MAGIC = 0x31415352;
/** BLOBHEADER (8) and RSAPUBKEY (12). */
export const RSA_HEADER_BYTES = 20;
const MAX_RSA_BITS = 16384;
/** The last letter of a magic number, one further for the private form. */
export const PRIVATE = 0x01000000;

interface EccRow {
  readonly curve: 'P-256' | 'P-384' | 'P-521';
  readonly usage: EdgeUsage;
  readonly cbKey: number;
  /** Of the public blob; the private one's is {@link PRIVATE} more. */
  readonly magic: number;
}

/** ECC blobs (bcrypt.h). */
export const ECC_ROWS: readonly EccRow[] = [
  { curve: 'P-256', usage: 'signature', cbKey: 32, magic: 0x31534345 },
  { curve: 'P-384', usage: 'signature', cbKey: 48, magic: 0x33534345 },
  { curve: 'P-521', usage: 'signature', cbKey: 66, magic: 0x35534345 },
  { curve: 'P-256', usage: 'key-exchange', cbKey: 32, magic: 0x314b4345 },
  { curve: 'P-384', usage: 'key-exchange', cbKey: 48, magic: 0x334b4345 },
  { curve: 'P-521', usage: 'key-exchange', cbKey: 66, magic: 0x354b4345 },
];

export const aiKeyAlgOf = (usage: EdgeUsage): number => (usage === 'signature' ? CALG_RSA_SIGN : CALG_RSA_KEYX);

export const bad = (message: string): CodecError => new CodecError('bad-value', message);

/** Without zeros in front. */
export function shortest(number: Uint8Array): Uint8Array {
  const first = number.findIndex((octet) => octet !== 0);
  return first < 0 ? number.subarray(0, 0) : number.subarray(first);
}

const rsaMagic = (bType: number): number => (bType === PUBLICKEYBLOB ? RSA_MAGIC : RSA_MAGIC + PRIVATE);

/** BLOBHEADER, RSAPUBKEY and the modulus. */
export function rsaBuilder(bType: number, usage: EdgeUsage, modulus: Uint8Array, exponent: Uint8Array): Builder {
  if (exponent.length > 4) throw bad('the exponent is not a DWORD');
  const out = new Builder().u8(bType).u8(CUR_BLOB_VERSION).u16le(0).u32le(aiKeyAlgOf(usage)).u32le(rsaMagic(bType));
  out.u32le(8 * modulus.length).put(reversed(leftPad(exponent, 4)));
  return out.put(reversed(modulus));
}

/** BLOBHEADER and RSAPUBKEY. */
export function rsaHeader(at: Cursor, bType: number): { readonly aiKeyAlg: number; readonly bitlen: number; readonly pubexp: Bytes } {
  const header = { bType: at.u8(), bVersion: at.u8(), reserved: at.u16le(), aiKeyAlg: at.u32le(), magic: at.u32le(), bitlen: at.u32le() };
  if (header.bType !== bType || header.bVersion !== CUR_BLOB_VERSION || header.reserved !== 0 || header.magic !== rsaMagic(bType))
    throw bad('not this RSA blob');
  if (header.bitlen === 0 || header.bitlen % 16 !== 0 || header.bitlen > MAX_RSA_BITS) throw bad('not a modulus length');
  return { aiKeyAlg: header.aiKeyAlg, bitlen: header.bitlen, pubexp: Uint8Array.from(shortest(reversed(at.take(4)))) };
}
