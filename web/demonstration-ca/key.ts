import type { Bytes } from '../../src/codec/bytes.ts';
import { ecdsaRawToDer } from '../../src/crypto/ec.ts';
import {
  createCertificate,
  decodeSpki,
  fromBase64,
  keyIdentifier,
  parseCertificate,
  parseName,
  toBase64,
} from '../../src/crypto/certificates/index.ts';

/** The authority's own key and self-signed certificate. */
export interface AuthorityKey {
  readonly certificate: Bytes;
  /** ECDSA over SHA-256, DER. */
  sign(toBeSigned: Bytes): Promise<Bytes>;
}

/** What the page's own storage holds between visits. A demonstration key guards nothing. */
interface StoredKey {
  readonly version: 1;
  readonly privateKey: JsonWebKey;
  readonly certificate: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SCHEME = { kind: 'ecdsa', hash: 'SHA-256', form: 'der' } as const;
const YEARS_10_MS = 10 * 365 * 24 * 3600 * 1000;

/** Common name of the authority: what every certificate view shows as its issuer. */
export const AUTHORITY_NAME = 'CN=Demonstration CA\\, not to be trusted,O=web-minidriver demonstration';

function signer(key: CryptoKey): (toBeSigned: Bytes) => Promise<Bytes> {
  return async (toBeSigned) => ecdsaRawToDer('P-256', new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, toBeSigned)));
}

/** 16 octets, positive and not zero. */
export function randomSerial(): Bytes {
  const serial = crypto.getRandomValues(new Uint8Array(16));
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}

/** A new key and its certificate, and their form for the store. */
export async function makeKey(now: Date): Promise<{ readonly key: AuthorityKey; readonly stored: string }> {
  const pair = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey));
  const sign = signer(pair.privateKey);
  const name = parseName(AUTHORITY_NAME);
  const identifier = await keyIdentifier(spki);
  const certificate = await createCertificate(
    {
      serialNumber: randomSerial(),
      issuer: name,
      subject: name,
      notBefore: now,
      notAfter: new Date(now.getTime() + YEARS_10_MS),
      spki,
      extensions: { basicConstraints: { authority: true, pathLength: 0 }, keyUsage: ['keyCertSign', 'cRLSign'], subjectKeyIdentifier: identifier },
    },
    SCHEME,
    sign,
  );
  const stored: StoredKey = { version: 1, privateKey: await crypto.subtle.exportKey('jwk', pair.privateKey), certificate: toBase64(certificate) };
  return { key: { certificate, sign }, stored: JSON.stringify(stored) };
}

function isStored(value: unknown): value is StoredKey {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Partial<Record<keyof StoredKey, unknown>>;
  return fields.version === 1 && typeof fields.certificate === 'string' && typeof fields.privateKey === 'object' && fields.privateKey !== null;
}

/** The key of an earlier visit; undefined for anything that is not a whole one, or whose certificate has run out. */
export async function readKey(text: string, now: Date): Promise<AuthorityKey | undefined> {
  try {
    const value: unknown = JSON.parse(text);
    if (!isStored(value)) return undefined;
    const certificate = fromBase64(value.certificate);
    const parsed = parseCertificate(certificate);
    if (parsed.notAfter.getTime() < now.getTime() || decodeSpki(parsed.spki).kind !== 'ec') return undefined;
    const key = await crypto.subtle.importKey('jwk', value.privateKey, ALGORITHM, false, ['sign']);
    return { certificate, sign: signer(key) };
  } catch {
    // A store is written by anybody with access to the page's storage: whatever does not read is replaced by a new key.
    return undefined;
  }
}
