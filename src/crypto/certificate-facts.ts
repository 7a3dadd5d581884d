import { type Bytes, copy } from '../codec/bytes.ts';
import { CodecError } from '../codec/errors.ts';
import { toHex } from '../codec/hex.ts';
import { readSingle, readTlvs, type Tlv } from '../codec/tlv.ts';
import { curveOfPoint } from './ec.ts';
import { checkPublicKey, type PublicKey } from './public-key.ts';

/*
 * The two things that a card driver must know of a certificate, without an ASN.1 library: whose key it is and until when. Everything
 * a person reads of a certificate comes from crypto/certificates.
 */

export interface CertificateFacts {
  /** Undefined for key types that no card of ours holds. */
  readonly publicKey: PublicKey | undefined;
  /** Milliseconds since 1970, UTC; NaN when the time is malformed. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

const MAX_CERTIFICATE_BYTES = 0xffff;
/** OIDs as the hexadecimal content octets (RFC 8017, A.1; RFC 5480, 2.1.1). */
const RSA_ENCRYPTION = '2a864886f70d010101';
const EC_PUBLIC_KEY = '2a8648ce3d0201';

function children(value: Uint8Array): Tlv[] {
  return readTlvs(value, { maxCount: 32, maxBytes: MAX_CERTIFICATE_BYTES });
}

function at(list: readonly Tlv[], index: number, tag: number): Bytes {
  const item = list[index];
  if (item?.tag !== tag) throw new CodecError('bad-tag', `field ${index} is not of tag ${tag.toString(16)}`);
  return item.value;
}

/** UTCTime and GeneralizedTime as RFC 5280, 4.1.2.5 restricts them: seconds and Z. */
function time(item: Tlv | undefined): number {
  const match =
    item === undefined ? null : /^(\d{2})?(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(String.fromCharCode(...item.value.subarray(0, 20)));
  if (match === null || (item?.tag !== 0x17 && item?.tag !== 0x18) || (item.tag === 0x18) !== (match[1] !== undefined)) return Number.NaN;
  const [, century, yy, month, day, hour, minute, second] = match;
  const year = century === undefined ? (Number(yy) >= 50 ? `19${yy}` : `20${yy}`) : `${century}${yy}`;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** The public key in a SubjectPublicKeyInfo's content; undefined for other algorithms or a key that must not be used. */
function subjectPublicKey(spki: Uint8Array): PublicKey | undefined {
  const fields = children(spki);
  const oid = toHex(at(children(at(fields, 0, 0x30)), 0, 0x06));
  const bits = at(fields, 1, 0x03);
  if (bits[0] !== 0) throw new CodecError('bad-value', 'the key is not whole octets');
  const content = copy(bits.subarray(1));
  let key: PublicKey;
  if (oid === RSA_ENCRYPTION) {
    const numbers = children(readSingle(content, 0x30));
    const strip = (number: Bytes): Bytes => (number[0] === 0 ? number.slice(1) : number);
    key = { kind: 'rsa', modulus: strip(at(numbers, 0, 0x02)), publicExponent: strip(at(numbers, 1, 0x02)) };
  } else {
    const curve = curveOfPoint(content);
    if (oid !== EC_PUBLIC_KEY || curve === undefined) return undefined;
    key = { kind: 'ec', curve, point: content };
  }
  try {
    checkPublicKey(key);
  } catch {
    return undefined;
  }
  return key;
}

/** Reads an X.509 certificate (RFC 5280, 4.1) as far as needed. @throws CodecError when it is not one. */
export function certificateFacts(der: Uint8Array): CertificateFacts {
  const limits = { maxBytes: MAX_CERTIFICATE_BYTES };
  const fields = children(at(children(readSingle(der, 0x30, limits)), 0, 0x30));
  const first = fields[0]?.tag === 0xa0 ? 1 : 0;
  const validity = children(at(fields, first + 3, 0x30));
  return {
    publicKey: subjectPublicKey(at(fields, first + 5, 0x30)),
    notBeforeMs: time(validity[0]),
    notAfterMs: time(validity[1]),
  };
}
