import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type Bytes, bytes, copy } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { writeTlv } from '../../../src/codec/tlv.ts';
import { parseCertificate } from '../../../src/crypto/certificates/index.ts';
import { type BiometricRecord, biometricSignedOctets, buildBiometricRecord, parseBiometricRecord } from '../../../src/piv/biometric.ts';
import { buildBiometric } from '../../../src/piv/card-objects.ts';
import { chuidSignedOctets, encodeChuid } from '../../../src/piv/chuid.ts';
import { getData, putData } from '../../../src/piv/data-objects.ts';
import { buildFascN, NON_FEDERAL } from '../../../src/piv/fascn.ts';
import { buildHashList, buildSecurityObject } from '../../../src/piv/security-object.ts';
import type { PivSession } from '../../../src/piv/session.ts';

/* A card as an issuer makes it: CHUID, security object and fingerprints signed. Certificates and CMS (RFC 5652) are put together here, octet by octet, and signed by node:crypto. */

export const GUID: Bytes = fromHex('00112233445546778899aabbccddeeff');
export const FASC_N: Bytes = buildFascN(NON_FEDERAL);
const ascii = (text: string): Bytes => copy(new TextEncoder().encode(text));
const sequence = (...parts: readonly Uint8Array[]): Bytes => writeTlv(0x30, ...parts);
const oid = (content: string): Bytes => writeTlv(0x06, fromHex(content));
const sha256 = (octets: Uint8Array): Bytes => copy(createHash('sha256').update(octets).digest());
const SHA_256 = sequence(oid('608648016503040201'));
const ECDSA = sequence(oid('2a8648ce3d040302'));

export interface MadeCertificate {
  readonly spki: Uint8Array;
  readonly name: string;
  /** YYMMDDHHMMSSZ */
  readonly notAfter?: string;
  /** Content octets of the identifier, and the DER in extnValue. */
  readonly extensions: readonly (readonly [string, Uint8Array])[];
}

/** Signed with zeros: nobody here judges who issued it. */
export function makeCertificate({ spki, name, notAfter = '300101000000Z', extensions }: MadeCertificate): Bytes {
  const subject = sequence(writeTlv(0x31, sequence(oid('550403'), writeTlv(0x0c, ascii(name)))));
  const list = extensions.map(([id, value]) => sequence(oid(id), writeTlv(0x04, value)));
  const validity = sequence(writeTlv(0x17, ascii('250101000000Z')), writeTlv(0x17, ascii(notAfter)));
  const version = writeTlv(0xa0, writeTlv(0x02, bytes([2])));
  const tbs = sequence(version, writeTlv(0x02, bytes([7])), ECDSA, subject, validity, subject, spki, writeTlv(0xa3, sequence(...list)));
  return sequence(tbs, ECDSA, writeTlv(0x03, fromHex('00'), sequence(writeTlv(0x02, bytes([1])), writeTlv(0x02, bytes([1])))));
}

export const purposes = (...list: readonly string[]): readonly [string, Bytes] => ['551d25', sequence(...list.map(oid))];
const CONTENT_SIGNING = '6086480165030607';
export const CLIENT_AUTH = '2b06010505070302';
export const SMART_CARD_LOGON = '2b060104018237140202';

/** What a certificate for 9A says: principal name, the card's two numbers, Windows' account number. */
export function cardNames(fascN: Bytes, guid: string): readonly (readonly [string, Bytes])[] {
  const other = (id: string, value: Bytes): Bytes => writeTlv(0xa0, oid(id), writeTlv(0xa0, value));
  const names = sequence(
    other('2b060104018237140203', writeTlv(0x0c, ascii('holder@example.test'))),
    other('6086480165030606', writeTlv(0x04, fascN)),
    writeTlv(0x86, ascii(`urn:uuid:${guid}`)),
  );
  const sid = sequence(other('2b060104018237190201', writeTlv(0x04, ascii('S-1-5-21-1-2-3-1104'))));
  return [
    ['551d11', names],
    ['2b0601040182371902', sid],
  ];
}

export interface Signer {
  readonly key: KeyObject;
  readonly certificate: Bytes;
}

export function newSigner(name: string, options: { readonly purpose?: string; readonly notAfter?: string } = {}): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { purpose = CONTENT_SIGNING, notAfter = '300101000000Z' } = options;
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  return { key: privateKey, certificate: makeCertificate({ spki, name, notAfter, extensions: [purposes(purpose)] }) };
}

interface Signed {
  readonly signer: Signer;
  readonly contentType: string;
  readonly content: Bytes;
  readonly inside?: boolean;
  readonly withCertificate: boolean;
  readonly attributes?: readonly (readonly [string, Bytes])[];
  /** Content type of the signed attribute where it is another than that of the content. */
  readonly attributeType?: string;
}

export function signedData(signed: Signed): Bytes {
  const { signer, contentType, content, inside = false, withCertificate, attributes = [], attributeType = contentType } = signed;
  const attribute = (id: string, value: Bytes): Bytes => sequence(oid(id), writeTlv(0x31, value));
  const list = [
    attribute('2a864886f70d010903', oid(attributeType)),
    attribute('2a864886f70d010904', writeTlv(0x04, sha256(content))),
    ...attributes.map(([id, value]) => attribute(id, value)),
  ].sort((a, b) => (toHex(a) < toHex(b) ? -1 : 1));
  const signature = copy(sign('sha256', writeTlv(0x31, ...list), signer.key));
  const { issuerDer, serialNumber } = parseCertificate(signer.certificate);
  const info = sequence(
    writeTlv(0x02, bytes([1])),
    sequence(issuerDer, writeTlv(0x02, serialNumber)),
    SHA_256,
    writeTlv(0xa0, ...list),
    ECDSA,
    writeTlv(0x04, signature),
  );
  const encapsulated = sequence(oid(contentType), ...(inside ? [writeTlv(0xa0, writeTlv(0x04, content))] : []));
  const certificates = withCertificate ? [writeTlv(0xa0, signer.certificate)] : [];
  const body = sequence(writeTlv(0x02, bytes([3])), writeTlv(0x31, SHA_256), encapsulated, ...certificates, writeTlv(0x31, info));
  return sequence(oid('2a864886f70d010702'), writeTlv(0xa0, body));
}

/** What is otherwise than on a whole card. */
export interface Deviation {
  readonly signer?: Signer;
  readonly chuid?: { readonly signed?: boolean; readonly withCertificate?: boolean } & Pick<Partial<Signed>, 'contentType' | 'attributeType'>;
  /** pivSigner-DN of the objects named: left out, or another's. The security object has none on a whole card. */
  readonly signerName?: { readonly of: 'chuid' | 'fingerprints' | 'security'; readonly is: 'missing' | 'another' | 'right' };
  readonly security?:
    | 'missing'
    | 'tampered'
    | 'hash'
    | 'names-absent'
    | 'without-certificate'
    | 'group-unclaimed'
    | 'container-unknown'
    | 'omits-object'
    | 'unknown-hash';
  /** eContentType of the security object and of the fingerprints. */
  readonly types?: { readonly security?: string; readonly fingerprints?: string };
  readonly record?: Partial<Pick<BiometricRecord, 'fascN' | 'validUntil'>>;
  readonly biometric?: 'tampered' | 'unsigned' | 'other-signer' | 'not-a-record';
  /** entryUUID under the signature. */
  readonly uuid?: Bytes;
}

const turned = (octets: Bytes): Bytes => {
  const out = copy(octets);
  out[out.length - 1] = (out[out.length - 1] ?? 0) ^ 0x01;
  return out;
};

/** pivSigner-DN for an object; the real name where nothing else is wanted. */
function signerNameOf(
  object: 'chuid' | 'fingerprints' | 'security',
  signer: Signer,
  { signerName }: Deviation,
): readonly (readonly [string, Bytes])[] {
  const wanted = signerName?.of === object ? signerName.is : object === 'security' ? 'missing' : 'right';
  if (wanted === 'missing') return [];
  const { subjectDer } = parseCertificate((wanted === 'right' ? signer : newSigner('another')).certificate);
  return [['6086480165030605', subjectDer]];
}

function fingerprints(signer: Signer, deviation: Deviation): Bytes {
  const { record = {}, biometric, uuid = GUID } = deviation;
  if (biometric === 'not-a-record') return buildBiometric(bytes(5));
  const [day, until] = [new Date('2025-01-01T00:00:00Z'), new Date('2030-01-01T00:00:00Z')];
  const base: BiometricRecord = {
    formatOwner: 0x1b,
    formatType: 0x0201,
    createdAt: day,
    validFrom: day,
    validUntil: until,
    type: 8,
    quality: 80,
    creator: 'test',
    fascN: FASC_N,
    data: new Uint8Array(300).fill(9),
    signature: bytes(0),
    ...record,
  };
  if (biometric === 'unsigned') return buildBiometric(buildBiometricRecord(base));
  const bare = buildBiometricRecord({ ...base, signature: bytes(0) });
  const make = (content: Bytes): Bytes =>
    signedData({
      signer: biometric === 'other-signer' ? newSigner('somebody') : signer,
      contentType: deviation.types?.fingerprints ?? '6086480165030602',
      content,
      withCertificate: biometric === undefined,
      attributes: [
        ['6086480165030606', writeTlv(0x04, base.fascN)],
        ['2b0601011004', writeTlv(0x04, uuid)],
        ...signerNameOf('fingerprints', signer, deviation),
      ],
    });
  // The header holds the signature's length, so it is made once for the length; ECDSA's may differ by an octet, so until it fits.
  let signature = make(bare);
  for (;;) {
    const whole = buildBiometricRecord({ ...base, signature });
    const again = make(biometricSignedOctets(whole, parseBiometricRecord(whole)));
    if (again.length === signature.length)
      return buildBiometric(buildBiometricRecord({ ...base, signature: biometric === 'tampered' ? turned(again) : again }));
    signature = again;
  }
}

/** Writes the objects of a whole card, or of one that deviates. Key 9B has to be authenticated. */
export async function issue(piv: PivSession, deviation: Deviation = {}): Promise<void> {
  const { chuid = {}, security, signer = newSigner('issuer') } = deviation;
  const base = { fascN: FASC_N, guid: GUID, expiry: '20300101' };
  const signature =
    chuid.signed === false
      ? bytes(0)
      : signedData({
          signer,
          contentType: chuid.contentType ?? '6086480165030601',
          ...(chuid.attributeType === undefined ? {} : { attributeType: chuid.attributeType }),
          content: chuidSignedOctets(encodeChuid(base)),
          withCertificate: chuid.withCertificate ?? true,
          attributes: signerNameOf('chuid', signer, deviation),
        });
  const identity = encodeChuid({ ...base, signature });
  const fingers = fingerprints(signer, deviation);
  await putData(piv, 0x5fc102, identity);
  await putData(piv, 0x5fc103, fingers);
  if (security === 'missing') return;
  const ccc = security === 'omits-object' ? undefined : await getData(piv, 0x5fc107);
  const discovery = await getData(piv, 0x7e);
  const listed: readonly (readonly [group: number, container: number, hash: Bytes])[] = [
    [1, 0x3000, sha256(identity)],
    [2, 0x6010, security === 'hash' ? turned(sha256(fingers)) : sha256(fingers)],
    ...(ccc === undefined ? [] : ([[3, 0xdb00, sha256(ccc)]] as const)),
    ...(discovery === undefined ? [] : ([[4, 0x6050, sha256(discovery)]] as const)),
    ...(security === 'names-absent' ? ([[5, 0x3001, sha256(fingers)]] as const) : []),
    ...(security === 'container-unknown' ? ([[5, 0x3333, sha256(fingers)]] as const) : []),
  ];
  const list = buildHashList(
    'SHA-256',
    listed.map(([group, , hash]) => ({ group, hash })),
  );
  // SHA-224, which no PIV card uses: the last octet of the identifier.
  const content = security === 'unknown-hash' ? fromHex(toHex(list).replace('608648016503040201', '608648016503040204')) : list;
  const made = signedData({
    signer,
    contentType: deviation.types?.security ?? '678108010101',
    content,
    inside: true,
    withCertificate: security !== 'without-certificate',
    attributes: signerNameOf('security', signer, deviation),
  });
  const cms = security === 'tampered' ? turned(made) : made;
  const groups = listed.map(([group, container]) => ({ group, container })).filter(({ group }) => security !== 'group-unclaimed' || group !== 2);
  await putData(piv, 0x5fc106, buildSecurityObject({ groups, cms }));
}
