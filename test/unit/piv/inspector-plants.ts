import { createHash } from 'node:crypto';
import { type Bytes, bytes, copy } from '../../../src/codec/bytes.ts';
import { encodeSpki } from '../../../src/crypto/certificates/index.ts';
import { buildCertificateObject } from '../../../src/piv/certificate-object.ts';
import { buildFascN, NON_FEDERAL } from '../../../src/piv/fascn.ts';
import { fromHex } from '../../../src/codec/hex.ts';
import { buildAdminData } from '../../../src/piv/admin-data.ts';
import { encodeChuid } from '../../../src/piv/chuid.ts';
import { buildDiscovery, buildPrinted } from '../../../src/piv/card-objects.ts';
import { putData } from '../../../src/piv/data-objects.ts';
import { type PivFindingCode } from '../../../src/piv/inspector/findings.ts';
import { buildKeyHistory, type KeyHistory } from '../../../src/piv/key-history.ts';
import { setManagementKey } from '../../../src/piv/management.ts';
import { buildOffCardCertificates, type FetchOffCardFile } from '../../../src/piv/off-card.ts';
import { buildSecurityObject } from '../../../src/piv/security-object.ts';
import { certificate, chuid, FACTORY, type Look, other, type Planting, pin, wrongPin } from './inspector-bench.ts';
import {
  cardNames,
  CLIENT_AUTH,
  type Deviation,
  FASC_N,
  GUID,
  issue,
  makeCertificate,
  newSigner,
  purposes,
  SMART_CARD_LOGON,
} from './signed-objects.ts';
import { testCertificate } from './test-certificate.ts';

/* Each fault planted alone on a card that has none. */

export interface Plant {
  readonly code: PivFindingCode;
  readonly plant: (on: Planting) => Promise<void>;
  /** What is found besides. */
  readonly anyway: readonly PivFindingCode[];
  readonly look?: Look;
}

/** What the whole card is found with anyway: its holder signed nothing, and no certificate has Windows' identifier. */
export const ALWAYS: readonly PivFindingCode[] = ['chuid-unsigned', 'logon-sid-missing'];

const ON_A_HOLDERS_CARD: readonly (readonly [PivFindingCode, (on: Planting) => Promise<void>, (readonly PivFindingCode[])?])[] = [
  ['default-pin', ({ edge }) => edge.changePin(1, copy(new TextEncoder().encode('97531086')), pin())],
  ['default-puk', ({ edge }) => edge.changePin(4, copy(new TextEncoder().encode('86420975')), fromHex('3132333435363738'))],
  ['default-management-key', ({ piv }) => setManagementKey(piv, 'AES-192', fromHex(FACTORY))],
  ['blocked-pin', ({ edge }) => wrongPin(edge, 1)],
  ['blocked-puk', ({ edge }) => wrongPin(edge, 4)],
  [
    'management-key-derived',
    ({ piv }) => putData(piv, 0x5fff00, buildAdminData({ pukBlocked: false, keyStored: false, salt: bytes(16), pinChangedS: 1 })),
  ],
  [
    'management-key-data-conflict',
    ({ piv }) => putData(piv, 0x5fff00, buildAdminData({ pukBlocked: false, keyStored: true, salt: bytes(16), pinChangedS: undefined })),
  ],
  ['missing-chuid', ({ piv }) => putData(piv, 0x5fc102, bytes(0)), ['logon-sid-missing']],
  ['malformed-chuid', ({ piv }) => putData(piv, 0x5fc102, fromHex('3004')), ['logon-sid-missing']],
  ['chuid-expired', ({ piv }) => putData(piv, 0x5fc102, chuid('20260228'))],
  [
    'chuid-signature-wrong',
    ({ piv }) => putData(piv, 0x5fc102, chuid('20300101', fromHex('3003020101'))),
    ['logon-sid-missing', 'missing-security-object'],
  ],
  ['malformed-fasc-n', ({ piv }) => putData(piv, 0x5fc102, encodeChuid({ fascN: bytes(25), guid: GUID, expiry: '20300101' }))],
  ['missing-ccc', ({ piv }) => putData(piv, 0x5fc107, bytes(0))],
  ['malformed-ccc', ({ piv }) => putData(piv, 0x5fc107, fromHex('f0ff'))],
  ['ccc-data-model', ({ piv }) => putData(piv, 0x5fc107, fromHex('f000f50111fe00'))],
  ['malformed-object', ({ piv }) => putData(piv, 0x5fc122, fromHex('7105'))],
  ['malformed-object', ({ piv }) => putData(piv, 0x5fff01, fromHex('7003010203'))],
  [
    'malformed-security-object',
    ({ piv }) => putData(piv, 0x5fc106, buildSecurityObject({ groups: [{ group: 1, container: 0x3000 }], cms: fromHex('3000') })),
  ],
  ['malformed-certificate', ({ piv }) => putData(piv, 0x5fc105, fromHex('7003300100710100fe00')), ['chuid-unsigned']],
  // In a place for a retired key that the card calls empty, and no history counts.
  ['malformed-certificate', ({ piv }) => putData(piv, 0x5fc120, fromHex('7105')), [...ALWAYS, 'key-history-missing']],
  [
    'certificate-without-key',
    async ({ piv, key }) => putData(piv, 0x5fc120, await buildCertificateObject(await certificate(key), false)),
    [...ALWAYS, 'key-history-missing'],
  ],
  ['certificate-expired', async ({ edge, key }) => edge.writeCertificate(0, await certificate(key, { notAfter: '2026-02-28' }))],
  ['certificate-not-yet-valid', async ({ edge, key }) => edge.writeCertificate(0, await certificate(key, { notBefore: '2026-03-02' }))],
  ['certificate-of-another-key', async ({ edge }) => edge.writeCertificate(0, await certificate(other()))],
  ['certificate-without-key', async ({ edge }) => edge.writeCertificate(3, await certificate(other()))],
  [
    'key-without-certificate',
    async ({ edge }) => void (await edge.generate({ containerIndex: 3, keyType: { kind: 'ec', curve: 'P-256' }, usage: 'signature', pinId: 0 })),
  ],
  [
    'certificate-guid-mismatch',
    async ({ edge, key }) =>
      edge.writeCertificate(
        0,
        await certificate(key, {
          names: [
            { kind: 'upn', value: 'a@b.test' },
            { kind: 'uri', value: 'urn:uuid:10112233-4455-4677-8899-aabbccddeeff' },
          ],
        }),
      ),
  ],
  ['malformed-key-history', ({ piv }) => putData(piv, 0x5fc10c, fromHex('c201'))],
  ['key-history-inconsistent', ({ piv }) => putData(piv, 0x5fc10c, buildKeyHistory({ onCard: 1, offCard: 0, url: undefined }))],
  [
    'key-history-gap',
    async ({ edge }) => {
      const key = await edge.generate({ containerIndex: 5, keyType: { kind: 'ec', curve: 'P-256' }, usage: 'key-exchange', pinId: 1 });
      await edge.writeCertificate(5, await certificate(key));
    },
  ],
  ['key-history-without-url', ({ piv }) => putData(piv, 0x5fc10c, fromHex('c10100c20101f300fe00'))],
  ['logon-purpose-missing', async ({ edge, key }) => edge.writeCertificate(0, await certificate(key, { purposes: ['clientAuth'] }))],
  ['logon-upn-missing', async ({ edge, key }) => edge.writeCertificate(0, await certificate(key, { names: [{ kind: 'email', value: 'a@b.test' }] }))],
  [
    'key-history-off-card',
    ({ piv }) => putData(piv, 0x5fc10c, buildKeyHistory({ onCard: 0, offCard: 1, url: `http://example.test/${'0'.repeat(64)}` })),
  ],
  [
    'key-history-missing',
    async ({ edge, piv }) => {
      const key = await edge.generate({ containerIndex: 4, keyType: { kind: 'ec', curve: 'P-256' }, usage: 'key-exchange', pinId: 1 });
      await putData(piv, 0x5fc10d, await buildCertificateObject(await certificate(key), false));
    },
  ],
  [
    'short-rsa-key',
    ({ edge }) => edge.writeCertificate(2, testCertificate({ kind: 'rsa', modulus: fromHex('ff'.repeat(128)), publicExponent: bytes([1, 0, 1]) })),
    [...ALWAYS, 'certificate-without-key'],
  ],
  ['virtual-contact-offered', ({ piv }) => putData(piv, 0x7e, buildDiscovery({ usagePolicy: 0x4c, primary: 0 }))],
  ['virtual-contact-pairing-code', ({ piv }) => putData(piv, 0x7e, buildDiscovery({ usagePolicy: 0x48, primary: 0 }))],
];

/** A card that its issuer signed, and a certificate that has everything: nothing at all is found on it. */
export async function issued({ piv, edge, key }: Planting, deviation: Deviation = {}, fascN: Bytes = FASC_N): Promise<void> {
  await issue(piv, deviation);
  const extensions = [purposes(CLIENT_AUTH, SMART_CARD_LOGON), ...cardNames(fascN, '00112233-4455-4677-8899-aabbccddeeff')];
  await edge.writeCertificate(0, makeCertificate({ spki: encodeSpki(key), name: 'Holder', extensions }));
}

const anotherFascN = (): Bytes => buildFascN({ ...NON_FEDERAL, credentialNumber: '123456' });
const deviating = (deviation: () => Deviation) => (on: Planting) => issued(on, deviation());
const anotherGuid = (): Bytes => {
  const out = copy(GUID);
  out[0] = 0xaa;
  return out;
};

const PRINTED = { name: 'Holder', affiliation: 'Test', expiry: '2030JAN01', cardSerialNumber: '1', issuer: 'Test' };

/** Under the PIN, since fingerprints are behind it. */
const ON_AN_ISSUED_CARD: readonly (readonly [PivFindingCode, (on: Planting) => Promise<void>, (readonly PivFindingCode[])?])[] = [
  ['chuid-unsigned', deviating(() => ({ chuid: { signed: false }, security: 'missing' }))],
  ['logon-sid-missing', async (on) => (await issued(on), on.edge.writeCertificate(0, await certificate(on.key)))],
  ['chuid-signer-purpose', deviating(() => ({ signer: newSigner('issuer', { purpose: CLIENT_AUTH }) }))],
  ['chuid-signer-expired', deviating(() => ({ signer: newSigner('issuer', { notAfter: '260228000000Z' }) }))],
  ['signer-name-missing', deviating(() => ({ signerName: { of: 'chuid', is: 'missing' } }))],
  ['signer-name-missing', deviating(() => ({ signerName: { of: 'fingerprints', is: 'missing' } }))],
  ['signer-name-mismatch', deviating(() => ({ signerName: { of: 'chuid', is: 'another' } }))],
  ['signer-name-mismatch', deviating(() => ({ signerName: { of: 'fingerprints', is: 'another' } }))],
  ['signer-name-mismatch', deviating(() => ({ signerName: { of: 'security', is: 'another' } }))],
  // A signature over data, over a biometric record, and one whose attribute says another type than its content has.
  ['chuid-signature-wrong', deviating(() => ({ chuid: { contentType: '2a864886f70d010701' } }))],
  ['chuid-signature-wrong', deviating(() => ({ chuid: { contentType: '6086480165030602' } }))],
  ['chuid-signature-wrong', deviating(() => ({ chuid: { attributeType: '6086480165030602' } }))],
  ['biometric-signature-wrong', deviating(() => ({ types: { fingerprints: '6086480165030601' } }))],
  ['security-object-signature-wrong', deviating(() => ({ types: { security: '6086480165030601' } }))],
  ['chuid-signature-unchecked', deviating(() => ({ chuid: { withCertificate: false } }))],
  ['security-object-unchecked', deviating(() => ({ chuid: { signed: false }, security: 'without-certificate' })), ['chuid-unsigned']],
  ['security-object-signature-wrong', deviating(() => ({ security: 'tampered' }))],
  ['security-object-hash-mismatch', deviating(() => ({ security: 'hash' }))],
  ['security-object-names-absent', deviating(() => ({ security: 'names-absent' }))],
  ['security-object-unchecked', deviating(() => ({ security: 'unknown-hash' }))],
  ['security-object-group-unclaimed', deviating(() => ({ security: 'group-unclaimed' })), ['security-object-omits-object']],
  ['security-object-container-unknown', deviating(() => ({ security: 'container-unknown' }))],
  ['security-object-omits-object', deviating(() => ({ security: 'omits-object' }))],
  ['security-object-omits-printed', async (on) => (await issued(on), putData(on.piv, 0x5fc109, buildPrinted(PRINTED)))],
  ['missing-security-object', deviating(() => ({ security: 'missing' }))],
  ['certificate-fasc-n-mismatch', (on) => issued(on, {}, anotherFascN())],
  ['biometric-fasc-n-mismatch', deviating(() => ({ record: { fascN: anotherFascN() } }))],
  ['biometric-guid-mismatch', deviating(() => ({ uuid: anotherGuid() }))],
  ['biometric-expired', deviating(() => ({ record: { validUntil: new Date('2026-02-28T00:00:00Z') } }))],
  ['biometric-expires-early', deviating(() => ({ record: { validUntil: new Date('2029-12-31T00:00:00Z') } }))],
  ['biometric-signature-wrong', deviating(() => ({ biometric: 'tampered' }))],
  ['biometric-signature-unchecked', deviating(() => ({ biometric: 'other-signer' }))],
  ['biometric-unsigned', deviating(() => ({ biometric: 'unsigned' }))],
  ['malformed-object', deviating(() => ({ biometric: 'not-a-record' }))],
];

/** A key history that names a file, and what comes when it is fetched. */
const offCard = (history: KeyHistory, fetchOffCard: FetchOffCardFile): Pick<Plant, 'plant' | 'anyway' | 'look'> => ({
  plant: ({ piv }) => putData(piv, 0x5fc10c, buildKeyHistory(history)),
  anyway: ALWAYS,
  look: { fetchOffCard },
});
/** Of two keys in 94 and 95, the one certificate. */
const OFF_CARD_FILE = buildOffCardCertificates([{ key: 0x95, der: testCertificate(other()) }]);
const named = (file: Uint8Array): string => `http://example.test/${createHash('sha256').update(file).digest('hex')}`;

export const PLANTS: readonly Plant[] = [
  {
    code: 'off-card-file-unavailable',
    ...offCard({ onCard: 0, offCard: 1, url: named(OFF_CARD_FILE) }, () => Promise.reject(new TypeError('no network'))),
  },
  { code: 'off-card-file-wrong', ...offCard({ onCard: 0, offCard: 1, url: named(bytes(1)) }, async () => OFF_CARD_FILE) },
  { code: 'off-card-file-mismatch', ...offCard({ onCard: 0, offCard: 2, url: named(OFF_CARD_FILE) }, async () => OFF_CARD_FILE) },
  ...ON_A_HOLDERS_CARD.map(([code, plant, anyway]) => ({ code, plant, anyway: anyway ?? ALWAYS })),
  ...ON_AN_ISSUED_CARD.map(([code, plant, anyway]) => ({ code, plant, anyway: anyway ?? [], look: { verified: true } })),
  { code: 'contactless-open', plant: async () => undefined, anyway: ALWAYS, look: { card: { contactless: true } } },
];
