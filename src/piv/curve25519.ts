import { type Bytes, bytes, concat, wipe } from '../codec/bytes.ts';
import { CodecError } from '../codec/errors.ts';
import { findTlv, needTlv, readSingle, readTlvs, writeTlv } from '../codec/tlv.ts';
import { CURVE25519_ALGORITHMS } from './algorithms.ts';
import { CardError } from './errors.ts';
import { exact, type KeyPolicy, policyTags, privateOperation } from './keys.ts';
import type { PivSession } from './session.ts';

/*
 * Ed25519 and X25519 keys (Yubico, from 5.7). They are no containers of the minidriver, which has no word for them; as keys of a PIV card
 * they are whole: generate, import, use, read back.
 */

export type Curve25519 = 'Ed25519' | 'X25519';

const KEY_BYTES = 32;
const ROWS: Readonly<Record<Curve25519, { readonly id: number; readonly importTag: number }>> = {
  Ed25519: { id: CURVE25519_ALGORITHMS.Ed25519, importTag: 0x07 },
  X25519: { id: CURVE25519_ALGORITHMS.X25519, importTag: 0x08 },
};

export interface Curve25519Key {
  readonly curve: Curve25519;
  /** 32 octets. */
  readonly publicKey: Bytes;
}

function publicKeyOf(content: Bytes): Bytes {
  const key = needTlv(readTlvs(content, { maxCount: 4 }), 0x86);
  if (key.length !== KEY_BYTES) throw new CodecError('bad-length', `a public key of ${key.length} bytes`);
  return key;
}

/** As {@link generateKey} of keys.ts. @throws CardError `unsupported`, `not-authenticated`, `bad-answer` */
export async function generateCurve25519(
  piv: PivSession,
  key: number,
  curve: Curve25519,
  policy?: KeyPolicy,
  onWaiting?: () => void,
): Promise<Bytes> {
  piv.require('curve25519');
  const data = writeTlv(0xac, writeTlv(0x80, bytes([ROWS[curve].id])), policyTags(piv, policy));
  const { data: answer, sw } = await piv.send(0x47, 0x00, key, { data, answer: true, onWaiting });
  if (sw === 0x6a80 || sw === 0x6a86) throw piv.refusal(sw, 0x47, 0x00, key, 'unsupported');
  if (sw !== 0x9000) throw piv.refusal(sw, 0x47, 0x00, key);
  return piv.parse(0x47, () => publicKeyOf(readSingle(answer, 0x7f49)));
}

/** IMPORT ASYMMETRIC KEY: the seed (RFC 8032, 5.1.5) or the scalar (RFC 7748, 5). The caller owns and wipes it. @throws CardError */
export async function importCurve25519(piv: PivSession, key: number, curve: Curve25519, secret: Bytes, policy?: KeyPolicy): Promise<void> {
  piv.require('import-key');
  piv.require('curve25519');
  const value = exact(secret, KEY_BYTES);
  const field = writeTlv(ROWS[curve].importTag, value);
  const data = concat(field, policyTags(piv, policy));
  try {
    await piv.command(0xfe, ROWS[curve].id, key, { data, secret: true });
  } finally {
    wipe(value, field, data);
  }
}

/** Ed25519 over the message itself (RFC 8032); 64 octets. @throws CardError `not-authenticated`, `no-key`, `bad-answer` */
export async function ed25519Sign(piv: PivSession, key: number, message: Bytes, onWaiting?: () => void): Promise<Bytes> {
  piv.require('curve25519');
  const signature = await privateOperation(piv, key, ROWS.Ed25519.id, 0x81, message, onWaiting);
  if (signature.length === 2 * KEY_BYTES) return signature;
  throw new CardError('bad-answer', 'a signature of another length', { cla: 0, ins: 0x87, p1: ROWS.Ed25519.id, p2: key });
}

/** X25519 (RFC 7748, 6.1). A result of zeros, from a point of small order, is refused. @throws CardError */
export async function x25519(piv: PivSession, key: number, peer: Bytes, onWaiting?: () => void): Promise<Bytes> {
  piv.require('curve25519');
  if (peer.length !== KEY_BYTES) throw new CardError('bad-parameter', `a public key of X25519 has ${KEY_BYTES} bytes`);
  const shared = await privateOperation(piv, key, ROWS.X25519.id, 0x85, peer, onWaiting);
  if (shared.length === KEY_BYTES && shared.some((octet) => octet !== 0)) return shared;
  wipe(shared);
  throw new CardError('bad-answer', 'no shared secret', { cla: 0, ins: 0x87, p1: ROWS.X25519.id, p2: key });
}

/** The key in a slot as GET METADATA tells it; undefined when it is of another kind or there is none. @throws CardError `bad-answer` */
export async function curve25519Key(piv: PivSession, key: number): Promise<Curve25519Key | undefined> {
  if (!piv.profile.features.has('metadata')) return undefined;
  const { data, sw } = await piv.send(0xf7, 0x00, key, { answer: true });
  if (sw !== 0x9000) return undefined;
  return piv.parse(0xf7, () => {
    const fields = readTlvs(data, { simpleTags: true });
    const id = findTlv(fields, 0x01)?.[0];
    const curve = (['Ed25519', 'X25519'] as const).find((each) => ROWS[each].id === id);
    return curve === undefined ? undefined : { curve, publicKey: publicKeyOf(needTlv(fields, 0x04)) };
  });
}
