import { type Bytes, concat } from '../codec/bytes.ts';
import { fromBigInt, power, toBigInt } from './bignum/public-bigint.ts';
import { checkPoint, CURVES, type CurveName } from './ec.ts';
import { CryptoError } from './errors.ts';

/** 02 or 03, by the parity of Y, and X (SEC 1, 2.3.3). @throws CryptoError `bad-point` */
export function compressPoint(curve: CurveName, point: Uint8Array): Bytes {
  checkPoint(curve, point);
  const { fieldBytes } = CURVES[curve];
  return concat(Uint8Array.of(2 | ((point.at(-1) ?? 0) & 1)), point.subarray(1, 1 + fieldBytes));
}

/**
 * The uncompressed form of a public point in either form, validated (SEC 1, 2.3.4; SP 800-56A revision 3, 5.6.2.3.3). All fields here
 * have p = 3 mod 4, so a square root is one power. On BigInt: points are public.
 * @throws CryptoError `bad-point`
 */
export function decompressPoint(curve: CurveName, point: Uint8Array): Bytes {
  const { fieldBytes, p, b } = CURVES[curve];
  if (point[0] === 0x04) {
    checkPoint(curve, point);
    return Uint8Array.from(point);
  }
  if (point.length !== 1 + fieldBytes || (point[0] !== 0x02 && point[0] !== 0x03))
    throw new CryptoError('bad-point', `not a compressed point of ${curve}`);
  const x = toBigInt(point.subarray(1));
  if (x >= p) throw new CryptoError('bad-point', `a coordinate is outside the field of ${curve}`);
  const square = (((x * x * x - 3n * x + b) % p) + p) % p;
  const root = power(square, (p + 1n) / 4n, p);
  if ((root * root) % p !== square) throw new CryptoError('bad-point', `no point of ${curve} has this coordinate`);
  const y = (root & 1n) === BigInt(point[0] & 1) ? root : p - root;
  const whole = concat(Uint8Array.of(4), point.subarray(1), fromBigInt(y, fieldBytes));
  checkPoint(curve, whole);
  return whole;
}
