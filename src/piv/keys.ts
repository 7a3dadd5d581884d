import { type Bytes, bytes, concat, EMPTY, leftPad, wipe } from '../codec/bytes.ts';
import { needTlv, readSingle, readTlvs, writeTlv } from '../codec/tlv.ts';
import { checkPoint, CURVES, type CurveName, ecdsaDerToRaw } from '../crypto/ec.ts';
import { CryptoError } from '../crypto/errors.ts';
import type { PublicKey } from '../crypto/public-key.ts';
import { algorithmOf, type PivKeyType } from './algorithms.ts';
import { CardError } from './errors.ts';
import { parsePublicKey } from './metadata.ts';
import type { PivSession } from './session.ts';
import type { PinRule } from './slots.ts';

type Waiting = (() => void) | undefined;

/** PIN policy octet of tag AA (Yubico). */
const PIN_POLICY: Readonly<Record<PinRule, number>> = { never: 1, once: 2, always: 3 };

export type TouchRule = 'never' | 'always' | 'cached';

/** Touch policy octet of tag AB (Yubico). */
const TOUCH_POLICY: Readonly<Record<TouchRule, number>> = { never: 1, always: 2, cached: 3 };

/** How a new key is guarded, where it is not as the slot has it. */
export interface KeyPolicy {
  readonly pin?: PinRule | undefined;
  readonly touch?: TouchRule | undefined;
}

/** Algorithm identifier of a key type that this card can make or take. @throws CardError `unsupported` before anything is sent */
function gatedAlgorithm(piv: PivSession, type: PivKeyType, generating: boolean): number {
  const id = algorithmOf(type);
  if (id === undefined) throw new CardError('unsupported', 'PIV has no such key type');
  if (piv.profile.version !== undefined) {
    if (type.kind === 'rsa' && type.keyBits > 2048) piv.require('rsa-3072-4096');
    if (type.kind === 'rsa' && generating) piv.require('rsa-generation');
    if (type.kind === 'ec' && type.curve === 'P-384') piv.require('p384');
  }
  return id;
}

/** Tags AA and AB. @throws CardError `unsupported` before anything is sent */
export function policyTags(piv: PivSession, policy: PinRule | KeyPolicy | undefined): Bytes {
  const { pin, touch } = typeof policy === 'string' ? { pin: policy, touch: undefined } : (policy ?? {});
  if (pin !== undefined) piv.require('pin-policy');
  if (touch !== undefined) piv.require(touch === 'cached' ? 'touch-cached' : 'pin-policy');
  return concat(
    pin === undefined ? EMPTY : writeTlv(0xaa, bytes([PIN_POLICY[pin]])),
    touch === undefined ? EMPTY : writeTlv(0xab, bytes([TOUCH_POLICY[touch]])),
  );
}

/**
 * GENERATE ASYMMETRIC KEY PAIR (SP 800-73-4 part 2, 3.3.2); key 9B has to be authenticated. `policy` overrides the slot's own where the
 * card has PIN and touch policies. The old key is gone as soon as the card starts.
 * @throws CardError `unsupported` (also when the card does not know the mechanism), `not-authenticated`, `bad-answer`
 */
export async function generateKey(
  piv: PivSession,
  key: number,
  type: PivKeyType,
  policy?: PinRule | KeyPolicy,
  onWaiting?: () => void,
): Promise<PublicKey> {
  const id = gatedAlgorithm(piv, type, true);
  const data = writeTlv(0xac, writeTlv(0x80, bytes([id])), policyTags(piv, policy));
  const { data: answer, sw } = await piv.send(0x47, 0x00, key, { data, answer: true, onWaiting });
  if (sw === 0x6a80 || sw === 0x6a86) throw piv.refusal(sw, 0x47, 0x00, key, 'unsupported');
  if (sw !== 0x9000) throw piv.refusal(sw, 0x47, 0x00, key);
  return piv.parse(0x47, () => parsePublicKey(readSingle(answer, 0x7f49), type));
}

/** GENERAL AUTHENTICATE with a private key: 7C {82 (empty), tag input} to 7C {82 output}. */
export async function privateOperation(
  piv: PivSession,
  key: number,
  algorithm: number,
  tag: number,
  input: Bytes,
  onWaiting: Waiting,
): Promise<Bytes> {
  const body = concat(writeTlv(0x82), writeTlv(tag, input));
  const data = writeTlv(0x7c, body);
  try {
    piv.pinFresh = false;
    const { data: answer, sw } = await piv.send(0x87, algorithm, key, { data, answer: true, secret: true, onWaiting });
    try {
      if (sw === 0x6a86 || sw === 0x6a88) throw piv.refusal(sw, 0x87, algorithm, key, 'no-key');
      if (sw !== 0x9000) throw piv.refusal(sw, 0x87, algorithm, key);
      return piv.parse(0x87, () => needTlv(readTlvs(readSingle(answer, 0x7c)), 0x82));
    } finally {
      wipe(answer);
    }
  } finally {
    wipe(body, data);
  }
}

/**
 * Raw RSA private operation on one block of modulus size (A.4.1): a padded block to sign, or a ciphertext; the padding stays on.
 * @throws CardError `bad-parameter` (nothing sent), `not-authenticated`, `no-key`, `bad-answer`
 */
export async function rsaPrivate(piv: PivSession, key: number, block: Bytes, onWaiting?: () => void): Promise<Bytes> {
  const id = algorithmOf({ kind: 'rsa', keyBits: block.length * 8 });
  if (id === undefined) throw new CardError('bad-parameter', `no RSA key has a block of ${block.length} bytes`);
  const result = await privateOperation(piv, key, id, 0x81, block, onWaiting);
  // Zero comes of zero alone; looked at without a branch on the octets, for a plaintext is secret.
  const isZero = (octets: Bytes): boolean => octets.reduce((or, octet) => or | octet, 0) === 0;
  if (result.length === 0 || result.length > block.length || (isZero(result) && !isZero(block)))
    throw new CardError('bad-answer', 'a result that is no number below the modulus', { cla: 0, ins: 0x87, p1: id, p2: key });
  return result.length === block.length ? result : leftPad(result, block.length);
}

/**
 * ECDSA over a digest (A.4.2, A.4.3): its leftmost octets as many as the field has (FIPS 186-5, 6.4.1), shorter ones with zeros in front.
 * Answers r || s. @throws CardError `not-authenticated`, `no-key`, `bad-answer`
 */
export async function ecdsaSign(piv: PivSession, key: number, curve: CurveName, digest: Bytes, onWaiting?: () => void): Promise<Bytes> {
  const id = algorithmOf({ kind: 'ec', curve });
  if (id === undefined || digest.length === 0) throw new CardError('bad-parameter', 'no such curve in PIV, or no digest');
  const { fieldBytes } = CURVES[curve];
  const der = await privateOperation(piv, key, id, 0x81, leftPad(digest.subarray(0, fieldBytes), fieldBytes), onWaiting);
  try {
    return ecdsaDerToRaw(curve, der);
  } catch (cause) {
    throw new CardError('bad-answer', 'a malformed signature', { cla: 0, ins: 0x87, p1: id, p2: key, cause });
  }
}

/** ECDH (A.5.1): X coordinate of the shared point. The point is checked before it is sent. @throws CardError `bad-parameter`, `not-authenticated`, `no-key`, `bad-answer` */
export async function ecdh(piv: PivSession, key: number, curve: CurveName, point: Bytes, onWaiting?: () => void): Promise<Bytes> {
  const id = algorithmOf({ kind: 'ec', curve });
  if (id === undefined) throw new CardError('bad-parameter', 'no such curve in PIV');
  try {
    checkPoint(curve, point);
  } catch (cause) {
    if (cause instanceof CryptoError) throw new CardError('bad-parameter', 'the other key is not on the curve', { cause });
    throw cause;
  }
  const x = await privateOperation(piv, key, id, 0x85, point, onWaiting);
  if (x.length === CURVES[curve].fieldBytes) return x;
  wipe(x);
  throw new CardError('bad-answer', 'a shared secret of another length', { cla: 0, ins: 0x87, p1: id, p2: key });
}

/** A private key to import; numbers in big-endian order. The caller owns and wipes it. */
export type PrivateKeyParts =
  | {
      readonly kind: 'rsa';
      readonly keyBits: number;
      /** Looked at where it is given: the card is not told of it. */
      readonly publicExponent?: Bytes;
      readonly p: Bytes;
      readonly q: Bytes;
      readonly dP: Bytes;
      readonly dQ: Bytes;
      readonly qInv: Bytes;
    }
  | { readonly kind: 'ec'; readonly curve: CurveName; readonly d: Bytes };

/** A secret number in exactly `lengthBytes`; leading zeros come and go. @throws CardError `bad-parameter` */
export function exact(number: Bytes, lengthBytes: number): Bytes {
  const surplus = Math.max(0, number.length - lengthBytes);
  if (number.subarray(0, surplus).some((octet) => octet !== 0)) throw new CardError('bad-parameter', 'a key component is too long');
  return leftPad(number.subarray(surplus), lengthBytes);
}

/** The import carries no exponent, and the card takes 65537 for granted. @throws CardError `bad-parameter` (nothing sent) */
export function checkExponent(exponent: Uint8Array): void {
  if (exponent.reduce((sum, octet) => sum * 256 + octet, 0) !== 0x10001)
    throw new CardError('bad-parameter', 'the card takes the exponent 65537 only');
}

/** IMPORT ASYMMETRIC KEY (Yubico, INS FE). @throws CardError `unsupported`, `bad-parameter` (nothing sent), `not-authenticated` */
export async function importKey(piv: PivSession, key: number, parts: PrivateKeyParts, policy?: PinRule | KeyPolicy): Promise<void> {
  piv.require('import-key');
  const type: PivKeyType = parts.kind === 'rsa' ? { kind: 'rsa', keyBits: parts.keyBits } : { kind: 'ec', curve: parts.curve };
  const id = gatedAlgorithm(piv, type, false);
  const tags = policyTags(piv, policy);
  if (parts.kind === 'rsa' && parts.publicExponent !== undefined) checkExponent(parts.publicExponent);
  const lengthBytes = parts.kind === 'rsa' ? parts.keyBits / 16 : CURVES[parts.curve].fieldBytes;
  const secrets: Bytes[] = [];
  try {
    const numbers: readonly (readonly [number, Bytes])[] =
      parts.kind === 'rsa'
        ? [
            [0x01, parts.p],
            [0x02, parts.q],
            [0x03, parts.dP],
            [0x04, parts.dQ],
            [0x05, parts.qInv],
          ]
        : [[0x06, parts.d]];
    for (const [tag, number] of numbers) {
      const value = exact(number, lengthBytes);
      secrets.push(value, writeTlv(tag, value));
    }
    const data = concat(...secrets.filter((_, i) => i % 2 === 1), tags);
    secrets.push(data);
    await piv.command(0xfe, id, key, { data, secret: true });
  } finally {
    wipe(...secrets);
  }
}

/** ATTEST (Yubico, INS F9): a certificate, DER, over a key that the card made. @throws CardError `unsupported`, `no-key`, `bad-answer` */
export async function attestKey(piv: PivSession, key: number): Promise<Bytes> {
  piv.require('attestation');
  const { data, sw } = await piv.send(0xf9, key, 0x00, { answer: true });
  // 6A80, 6985: imported keys have no attestation; 6A82 and 6A88: no key at all.
  if (sw === 0x6a80 || sw === 0x6985) throw piv.refusal(sw, 0xf9, key, 0x00, 'unsupported');
  if (sw !== 0x9000) throw piv.refusal(sw, 0xf9, key, 0x00, sw === 0x6a82 ? 'no-key' : undefined);
  piv.parse(0xf9, () => readSingle(data, 0x30));
  return data;
}

/** MOVE KEY (Yubico, INS F6) between slots. @throws CardError `unsupported`, `no-key` */
export async function moveKey(piv: PivSession, from: number, to: number): Promise<void> {
  piv.require('move-key');
  await piv.command(0xf6, to, from);
}

/** DELETE KEY (Yubico, INS F6 with destination FF). @throws CardError `unsupported`, `no-key` */
export async function deleteKey(piv: PivSession, key: number): Promise<void> {
  piv.require('move-key');
  await piv.command(0xf6, 0xff, key);
}
