import { type Bytes, concat, leftPad } from '../codec/bytes.ts';
import { toHex } from '../codec/hex.ts';
import { readSingle, readTlvs, writeTlv } from '../codec/tlv.ts';
import { toBigInt } from './bignum/public-bigint.ts';
import { CryptoError } from './errors.ts';

export type CurveName = 'P-256' | 'P-384' | 'P-521';

/** Domain parameters of y^2 = x^3 - 3x + b (SP 800-186, 3.2.1). */
export interface Curve {
  /** Length of a coordinate and of r and s, in bytes. */
  readonly fieldBytes: number;
  readonly p: bigint;
  readonly b: bigint;
  /** Order of the base point. */
  readonly n: bigint;
}

export const CURVES: Readonly<Record<CurveName, Curve>> = {
  'P-256': {
    fieldBytes: 32,
    p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  'P-384': {
    fieldBytes: 48,
    p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
  'P-521': {
    fieldBytes: 66,
    p: (1n << 521n) - 1n,
    b: 0x0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
    n: 0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  },
};

/** The curve whose uncompressed points have this length, or undefined. */
export function curveOfPoint(point: Uint8Array): CurveName | undefined {
  return (Object.keys(CURVES) as CurveName[]).find((name) => point.length === 1 + 2 * CURVES[name].fieldBytes);
}

/**
 * Full public key validation of an uncompressed point (SP 800-56A revision 3, 5.6.2.3.3; the cofactor is 1): form, range, on the curve.
 * @throws CryptoError `bad-point`
 */
export function checkPoint(curve: CurveName, point: Uint8Array): void {
  const { fieldBytes, p, b } = CURVES[curve];
  if (point.length !== 1 + 2 * fieldBytes || point[0] !== 0x04) throw new CryptoError('bad-point', `not an uncompressed point of ${curve}`);
  const x = toBigInt(point.subarray(1, 1 + fieldBytes));
  const y = toBigInt(point.subarray(1 + fieldBytes));
  if (x >= p || y >= p) throw new CryptoError('bad-point', `a coordinate is outside the field of ${curve}`);
  if ((y * y - (x * x * x - 3n * x + b)) % p !== 0n) throw new CryptoError('bad-point', `the point is not on ${curve}`);
}

function unsigned(integer: Bytes, fieldBytes: number): Bytes {
  const first = integer[0];
  if (first === undefined || (first & 0x80) !== 0) throw new CryptoError('bad-signature', 'r and s are positive integers');
  if (first === 0 && integer.length > 1 && ((integer[1] ?? 0) & 0x80) === 0)
    throw new CryptoError('bad-signature', 'an integer is not in its shortest form');
  const significant = first === 0 ? integer.subarray(1) : integer;
  if (significant.length > fieldBytes) throw new CryptoError('bad-signature', 'r or s is longer than the field');
  return leftPad(significant, fieldBytes);
}

/** r and s in range 1..n-1 as FIPS 186-5, 6.4.2 demands. */
function checkScalars(curve: CurveName, raw: Uint8Array): void {
  const { fieldBytes, n } = CURVES[curve];
  for (const part of [raw.subarray(0, fieldBytes), raw.subarray(fieldBytes)]) {
    const value = toBigInt(part);
    if (value === 0n || value >= n) throw new CryptoError('bad-signature', 'r or s is out of range');
  }
}

/** r || s, each of field size, from SEQUENCE { INTEGER r, INTEGER s } in strict DER (RFC 3279, 2.2.3). @throws CryptoError `bad-signature` */
export function ecdsaDerToRaw(curve: CurveName, der: Uint8Array): Bytes {
  const { fieldBytes } = CURVES[curve];
  let parts;
  try {
    parts = readTlvs(readSingle(der, 0x30), { maxCount: 2 });
  } catch (cause) {
    throw new CryptoError('bad-signature', 'not a DER sequence of two integers', { cause });
  }
  const [r, s] = parts;
  if (parts.length !== 2 || r?.tag !== 0x02 || s?.tag !== 0x02) throw new CryptoError('bad-signature', 'not a sequence of two integers');
  const raw = concat(unsigned(r.value, fieldBytes), unsigned(s.value, fieldBytes));
  // The TLV reader takes longer length forms than DER allows; writing it again shows any.
  if (toHex(writeTlv(0x30, writeTlv(0x02, r.value), writeTlv(0x02, s.value))) !== toHex(der))
    throw new CryptoError('bad-signature', 'a length is not in its shortest form');
  checkScalars(curve, raw);
  return raw;
}

/** SEQUENCE { INTEGER r, INTEGER s } from r || s of field size each. @throws CryptoError `bad-signature` */
export function ecdsaRawToDer(curve: CurveName, raw: Uint8Array): Bytes {
  const { fieldBytes } = CURVES[curve];
  if (raw.length !== 2 * fieldBytes) throw new CryptoError('bad-signature', `r || s of ${curve} has ${2 * fieldBytes} bytes, not ${raw.length}`);
  checkScalars(curve, raw);
  const integer = (part: Uint8Array): Bytes => {
    const first = part.findIndex((octet) => octet !== 0);
    const significant = part.subarray(first);
    return writeTlv(0x02, Uint8Array.from((significant[0] ?? 0) >= 0x80 ? [0] : []), significant);
  };
  return writeTlv(0x30, integer(raw.subarray(0, fieldBytes)), integer(raw.subarray(fieldBytes)));
}
