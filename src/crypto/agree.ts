import { type Bytes, concat, copy, equalConstantTime, wipe } from '../codec/bytes.ts';
import { fromHex } from '../codec/hex.ts';
import { writeTlv } from '../codec/tlv.ts';
import { checkPoint, CURVES, type CurveName } from './ec.ts';
import { CryptoError } from './errors.ts';

/*
 * Elliptic curves on WebCrypto: agreement, and the check that a private key belongs to its public one. WebCrypto takes a raw private
 * number only inside PKCS#8 (RFC 5958) without the public key, which it then computes itself: so nothing is taken on trust.
 */

/** The Edwards and Montgomery curves (RFC 8032, RFC 7748); an engine may lack them: {@link curve25519Support}. */
export type Curve25519Name = 'Ed25519' | 'X25519';

/** DER of the algorithm identifiers (RFC 5480, 2.1.1; RFC 8410, 3). */
const ALGORITHM: Readonly<Record<CurveName | Curve25519Name, string>> = {
  'P-256': '301306072a8648ce3d020106082a8648ce3d030107',
  'P-384': '301006072a8648ce3d020106052b81040022',
  'P-521': '301006072a8648ce3d020106052b81040023',
  Ed25519: '300506032b6570',
  X25519: '300506032b656e',
};

const CURVE_25519_BYTES = 32;

/** PrivateKeyInfo of a raw private number; the caller wipes it. */
function pkcs8(curve: CurveName | Curve25519Name, privateKey: Uint8Array): Bytes {
  const inner =
    curve === 'Ed25519' || curve === 'X25519' ? writeTlv(0x04, privateKey) : writeTlv(0x30, fromHex('020101'), writeTlv(0x04, privateKey));
  const whole = writeTlv(0x30, fromHex('020100'), fromHex(ALGORITHM[curve]), writeTlv(0x04, inner));
  wipe(inner);
  return whole;
}

function checkPrivateLength(curve: CurveName | Curve25519Name, privateKey: Uint8Array): void {
  const want = curve === 'Ed25519' || curve === 'X25519' ? CURVE_25519_BYTES : CURVES[curve].fieldBytes;
  if (privateKey.length !== want) throw new CryptoError('bad-key', `a private key of ${curve} has ${want} bytes, not ${privateKey.length}`);
}

type Algorithm = string | EcKeyImportParams;

/** @throws CryptoError `bad-key` for a number that is 0 or not below the order; `unsupported` where the engine lacks the curve */
async function importPrivate(
  curve: CurveName | Curve25519Name,
  privateKey: Uint8Array,
  algorithm: Algorithm,
  usages: KeyUsage[],
): Promise<CryptoKey> {
  checkPrivateLength(curve, privateKey);
  const encoded = pkcs8(curve, privateKey);
  try {
    return await crypto.subtle.importKey('pkcs8', encoded, algorithm, false, usages);
  } catch (cause) {
    throw refusal(cause, `not a private key of ${curve}`);
  } finally {
    wipe(encoded);
  }
}

/** NotSupportedError is the engine's lack, everything else the key's. */
function refusal(cause: unknown, message: string): CryptoError {
  const lacking = cause instanceof Error && cause.name === 'NotSupportedError';
  return new CryptoError(lacking ? 'unsupported' : 'bad-key', lacking ? 'this engine does not have the curve' : message, { cause });
}

function checkPublic(curve: CurveName | Curve25519Name, publicKey: Uint8Array): void {
  if (curve !== 'Ed25519' && curve !== 'X25519') checkPoint(curve, publicKey);
  else if (publicKey.length !== CURVE_25519_BYTES)
    throw new CryptoError('bad-point', `a public key of ${curve} has 32 bytes, not ${publicKey.length}`);
}

async function importPublic(curve: CurveName | Curve25519Name, publicKey: Uint8Array, algorithm: Algorithm, usages: KeyUsage[]): Promise<CryptoKey> {
  checkPublic(curve, publicKey);
  try {
    return await crypto.subtle.importKey('raw', copy(publicKey), algorithm, true, usages);
  } catch (cause) {
    throw refusal(cause, `not a public key of ${curve}`);
  }
}

async function derive(algorithm: string, privateKey: CryptoKey, publicKey: CryptoKey, lengthBytes: number): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.deriveBits({ name: algorithm, public: publicKey }, privateKey, lengthBytes * 8));
}

/**
 * The shared secret Z of a private number and a validated public point (SP 800-56A revision 3, 5.7.1.2; RFC 7748, 6.1). The caller wipes it.
 * @throws CryptoError `bad-key`, `bad-point` (for X25519 also a point of small order), `unsupported` where the engine lacks the curve
 */
export async function agree(curve: CurveName | 'X25519', privateKey: Uint8Array, publicKey: Uint8Array): Promise<Bytes> {
  const algorithm = curve === 'X25519' ? 'X25519' : { name: 'ECDH', namedCurve: curve };
  const theirs = await importPublic(curve, publicKey, algorithm, []);
  const ours = await importPrivate(curve, privateKey, algorithm, ['deriveBits']);
  const lengthBytes = curve === 'X25519' ? CURVE_25519_BYTES : CURVES[curve].fieldBytes;
  let z: Bytes;
  try {
    z = await derive(curve === 'X25519' ? 'X25519' : 'ECDH', ours, theirs, lengthBytes);
  } catch (cause) {
    throw new CryptoError('bad-point', 'no secret can be agreed with this point', { cause });
  }
  // Some engines give zeros for a point of small order (RFC 7748, 6.1). On the NIST curves zeros are an honest coordinate.
  if (curve === 'X25519' && equalConstantTime(z, new Uint8Array(lengthBytes)))
    throw new CryptoError('bad-point', 'no secret can be agreed with this point');
  return z;
}

/** A fresh key pair's public point and the secret it shares with `publicKey`; the private number never leaves WebCrypto. The caller wipes `z`. */
export async function agreeEphemeral(curve: CurveName, publicKey: Uint8Array): Promise<{ readonly point: Bytes; readonly z: Bytes }> {
  const algorithm = { name: 'ECDH', namedCurve: curve };
  const theirs = await importPublic(curve, publicKey, algorithm, []);
  const pair = await crypto.subtle.generateKey(algorithm, false, ['deriveBits']);
  const point = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  return { point, z: await derive('ECDH', pair.privateKey, theirs, CURVES[curve].fieldBytes) };
}

/** Whether a signature by the private key verifies with the public one, or a secret agreed both ways is the same. */
async function belong(curve: CurveName | Curve25519Name, privateKey: Uint8Array, publicKey: Uint8Array): Promise<boolean> {
  if (curve === 'X25519') {
    const pair = await crypto.subtle.generateKey('X25519', false, ['deriveBits']);
    const other = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
    const one = await agree(curve, privateKey, other);
    const two = await derive('X25519', pair.privateKey, await importPublic(curve, publicKey, 'X25519', []), CURVE_25519_BYTES);
    const same = equalConstantTime(one, two);
    wipe(one, two);
    return same;
  }
  const [importing, signing] =
    curve === 'Ed25519'
      ? ['Ed25519', 'Ed25519']
      : [
          { name: 'ECDSA', namedCurve: curve },
          { name: 'ECDSA', hash: 'SHA-256' },
        ];
  const theirs = await importPublic(curve, publicKey, importing, ['verify']);
  const ours = await importPrivate(curve, privateKey, importing, ['sign']);
  const message = crypto.getRandomValues(new Uint8Array(32));
  return crypto.subtle.verify(signing, theirs, await crypto.subtle.sign(signing, ours, message), message);
}

/**
 * Whether a private number that is about to be imported belongs to the public key it came with (FIPS 186-5, A.2; SP 800-56A revision 3,
 * 5.6.2.1.4: pair-wise consistency by use).
 * @throws CryptoError `bad-key` when it does not, `bad-point`, `unsupported` where the engine lacks the curve
 */
export async function checkEcKeyPair(curve: CurveName | Curve25519Name, privateKey: Uint8Array, publicKey: Uint8Array): Promise<void> {
  checkPublic(curve, publicKey);
  if (!(await belong(curve, privateKey, publicKey))) throw new CryptoError('bad-key', 'the private key does not belong to the public key');
}

/** Which of the two curves this engine's WebCrypto has. @returns both false where it has neither */
export async function curve25519Support(): Promise<Readonly<Record<Curve25519Name, boolean>>> {
  const has = async (name: Curve25519Name, usages: KeyUsage[]): Promise<boolean> => {
    try {
      await crypto.subtle.generateKey(name, false, usages);
      return true;
    } catch {
      return false;
    }
  };
  return { Ed25519: await has('Ed25519', ['sign', 'verify']), X25519: await has('X25519', ['deriveBits']) };
}

/** Whether an Ed25519 signature is right (RFC 8032, 5.1.7), by WebCrypto. @throws CryptoError `bad-point`, `unsupported` */
export async function verifyEd25519(publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array): Promise<boolean> {
  const key = await importPublic('Ed25519', publicKey, 'Ed25519', ['verify']);
  return crypto.subtle.verify('Ed25519', key, copy(signature), concat(message));
}
