import { type Bytes } from '../codec/bytes.ts';
import { CodecError } from '../codec/errors.ts';
import { findTlv, needTlv, readTlvs } from '../codec/tlv.ts';
import { curveOfPoint } from '../crypto/ec.ts';
import { checkPublicKey, type PublicKey } from '../crypto/public-key.ts';
import { keyTypeOf, type PivKeyType } from './algorithms.ts';
import type { PivSession } from './session.ts';
import type { PinRule } from './slots.ts';

/** What GET METADATA tells of a key, a PIN or the management key (Yubico, INS F7); each member is there when its tag is. */
export interface Metadata {
  readonly algorithm?: number;
  /** Undefined for the slot's default. By PIN alone, or by PIN or finger ({@link byFinger}). */
  readonly pinRule?: PinRule;
  /** True when a finger serves as well as the PIN (a card with a fingerprint reader). */
  readonly byFinger?: boolean;
  readonly touch?: 'never' | 'always' | 'cached';
  readonly origin?: 'generated' | 'imported';
  readonly publicKey?: PublicKey;
  readonly isDefault?: boolean;
  readonly retriesTotal?: number;
  readonly retriesLeft?: number;
  /** Of the fingerprint reader (reference 96). */
  readonly fingerprintsEnrolled?: boolean;
  readonly temporaryPin?: boolean;
}

const PIN_RULES: readonly (PinRule | undefined)[] = [undefined, 'never', 'once', 'always', 'once', 'always'];
const TOUCH_RULES = [undefined, 'never', 'always', 'cached'] as const;
const ORIGINS = [undefined, 'generated', 'imported'] as const;

/**
 * A public key as GENERATE (inside 7F49) and GET METADATA (inside 04) give it: 81 modulus, 82 exponent, or 86 point. Checked before it is
 * believed. @throws CodecError
 */
export function parsePublicKey(content: Bytes, expected: PivKeyType | undefined): PublicKey {
  const fields = readTlvs(content, { maxCount: 4 });
  const point = findTlv(fields, 0x86);
  let key: PublicKey;
  if (point === undefined) key = { kind: 'rsa', modulus: needTlv(fields, 0x81), publicExponent: needTlv(fields, 0x82) };
  else {
    const curve = curveOfPoint(point);
    if (curve === undefined) throw new CodecError('bad-length', `a point of ${point.length} bytes`);
    key = { kind: 'ec', curve, point };
  }
  try {
    checkPublicKey(key);
  } catch (cause) {
    throw new CodecError('bad-value', 'a public key that must not be used', { cause });
  }
  if (expected?.kind === 'rsa' && (key.kind !== 'rsa' || key.modulus.length !== expected.keyBits / 8 || (key.modulus[0] ?? 0) < 0x80))
    throw new CodecError('bad-value', 'a key of another size');
  if (expected?.kind === 'ec' && (key.kind !== 'ec' || key.curve !== expected.curve)) throw new CodecError('bad-value', 'a key on another curve');
  return key;
}

/** What GET METADATA brought. 'absent': the card knows the command and has nothing there. 'untold': it does not say. */
export type MetadataAnswer = { readonly kind: 'told'; readonly metadata: Metadata } | { readonly kind: 'absent' } | { readonly kind: 'untold' };

/** Refusals of the instruction after which a card that never answered it is taken not to have it. */
const REFUSALS = 3;

function parseMetadata(data: Bytes): Metadata {
  const fields = readTlvs(data, { simpleTags: true });
  const algorithm = findTlv(fields, 0x01)?.[0];
  const policy = findTlv(fields, 0x02);
  const stored = findTlv(fields, 0x04);
  const tries = findTlv(fields, 0x06);
  const isDefault = findTlv(fields, 0x05)?.[0];
  const enrolled = findTlv(fields, 0x07)?.[0];
  const temporaryPin = findTlv(fields, 0x08)?.[0];
  const pinRule = PIN_RULES[policy?.[0] ?? 0];
  const touch = TOUCH_RULES[policy?.[1] ?? 0];
  const origin = ORIGINS[findTlv(fields, 0x03)?.[0] ?? 0];
  const type = algorithm === undefined ? undefined : keyTypeOf(algorithm);
  const [total, left] = tries ?? [];
  return {
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(pinRule === undefined ? {} : { pinRule }),
    ...((policy?.[0] ?? 0) > 3 ? { byFinger: true } : {}),
    ...(touch === undefined ? {} : { touch }),
    ...(origin === undefined ? {} : { origin }),
    // Keys on Curve25519 are no containers of the minidriver: their public half comes from curve25519.ts.
    ...(stored === undefined || type === undefined ? {} : { publicKey: parsePublicKey(stored, type) }),
    ...(isDefault === undefined ? {} : { isDefault: isDefault !== 0 }),
    ...(total === undefined || left === undefined ? {} : { retriesTotal: total, retriesLeft: left }),
    // The fingerprint reader's reference has one octet: tries left.
    ...(total === undefined || left !== undefined ? {} : { retriesLeft: total }),
    ...(enrolled === undefined ? {} : { fingerprintsEnrolled: enrolled !== 0 }),
    ...(temporaryPin === undefined ? {} : { temporaryPin: temporaryPin !== 0 }),
  };
}

/**
 * GET METADATA of a key reference. A card that refuses the instruction itself at first and again is not asked any more; others carry it by
 * halves, and what they refuse with any other status word than "no such key" tells nothing.
 * @throws CardError `bad-answer`
 */
export async function askMetadata(piv: PivSession, reference: number): Promise<MetadataAnswer> {
  if (!piv.profile.features.has('metadata')) return { kind: 'untold' };
  const { data, sw, sent } = await piv.ask(0xf7, 0x00, reference, { answer: true });
  if (sw === 0x6d00 || sw === 0x6e00) {
    if (sent && ++piv.metadataRefusals >= REFUSALS) piv.lacks('metadata');
  } else piv.metadataRefusals = Number.NEGATIVE_INFINITY;
  if (sw === 0x6a88 || sw === 0x6a82) return { kind: 'absent' };
  if (sw !== 0x9000 || data.length === 0) return { kind: 'untold' };
  return { kind: 'told', metadata: piv.parse(0xf7, () => parseMetadata(data)) };
}

/** Undefined when the card has no key there or does not tell. @throws CardError `bad-answer` */
export async function getMetadata(piv: PivSession, reference: number): Promise<Metadata | undefined> {
  const answer = await askMetadata(piv, reference);
  return answer.kind === 'told' ? answer.metadata : undefined;
}

/**
 * Serial number, 4 bytes big-endian; undefined when the card has no such command. One that refuses it, though its version promises it, is
 * another maker's, and is not asked for metadata either: that command is younger.
 */
export async function getSerial(piv: PivSession): Promise<Bytes | undefined> {
  if (!piv.profile.features.has('serial')) return undefined;
  const { data, sw, sent } = await piv.ask(0xf8, 0x00, 0x00, { answer: true });
  if (sent && sw === 0x6d00 && piv.metadataRefusals >= 0) {
    piv.metadataRefusals = REFUSALS;
    piv.lacks('metadata');
  }
  return sw === 0x9000 && data.length === 4 ? data : undefined;
}
