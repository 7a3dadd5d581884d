import type { CardSummary, CertificateSummary, PlaceSummary } from '../../src/app/card-summary.ts';
import type { RequestSummary } from '../../src/app/enrollment/state.ts';
import type { ReaderInfo } from '../../src/app/index.ts';
import type { Problem } from '../../src/app/problem.ts';

/*
 * Realistic contents for the states of the elements: what the flows really report, with the long, foreign and crowded cases
 * that a screen has to bear.
 */

export const simulatedReader: ReaderInfo = { id: 'sim-1', name: 'Simulated reader', manufacturer: 'web-minidriver', simulated: true };

export const realReader: ReaderInfo = {
  id: 'usb-1',
  name: 'SCR331-DI NTT-COM',
  manufacturer: 'SCM Microsystems Inc.',
  vendorId: 0x04e6,
  productId: 0x5120,
  serialNumber: '60400C75',
  simulated: false,
};

export const longReader: ReaderInfo = {
  id: 'usb-2',
  name: 'REINER SCT cyberJack RFID komfort USB 52 Multifunktionschipkartenleser',
  manufacturer: 'REINER Kartengeräte GmbH und Co. KG',
  serialNumber: '9B1F07D3C2A9441A8E5500FF',
  simulated: false,
};

export const certificate: CertificateSummary = {
  subject: 'CN=Ada Lovelace,OU=Analysis,O=Example Ltd,C=GB',
  issuer: 'CN=Demonstration authority,O=web-minidriver',
  selfIssued: false,
  serial: '1f8a2c9d0b4477e0a1c35b6e',
  notBefore: new Date('2026-11-25T00:00:00Z'),
  notAfter: new Date('2027-11-25T00:00:00Z'),
  validity: 'valid',
  alternativeNames: [
    { kind: 'upn', value: 'ada@example.com' },
    { kind: 'email', value: 'ada.lovelace@example.com' },
  ],
  keyUsage: ['digitalSignature', 'nonRepudiation'],
  extendedKeyUsage: ['clientAuth', 'smartcardLogon', '1.3.6.1.4.1.99999.1'],
  keyType: 'P-256',
  fingerprintSha256: '3b1e0a97c4d25f8860e1d7a2b9c35f4476a0182bcdef90123456789abcdef012',
  fingerprintSha1: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b',
  lengthBytes: 1041,
};

export const expiredCertificate: CertificateSummary = {
  ...certificate,
  subject: 'CN=عائشة بنت محمد,O=شركة المثال المحدودة,C=AE',
  notBefore: new Date('2019-01-01T00:00:00Z'),
  notAfter: new Date('2022-01-01T00:00:00Z'),
  validity: 'expired',
};

export const longCertificate: CertificateSummary = {
  ...certificate,
  subject:
    'CN=Maximilian Alexander von und zu Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft,OU=Referat für Rinderkennzeichnungs- und Rindfleischetikettierungsüberwachungsaufgabenübertragung,O=Landesamt,C=DE',
  selfIssued: true,
  alternativeNames: [{ kind: 'uri', value: 'urn:uuid:0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9' }],
};

const NAMES: readonly (readonly [string, PlaceSummary['purpose'], boolean])[] = [
  ['PIV 9A', 'authentication', false],
  ['PIV 9C', 'signature', true],
  ['PIV 9D', 'key-management', false],
  ['PIV 9E', 'card-authentication', false],
];

function freePlace(containerIndex: number): PlaceSummary {
  const [place, purpose, pinAlways] = NAMES[containerIndex] ?? [`PIV ${(0x82 + containerIndex - 4).toString(16)}`.toUpperCase(), 'retired', false];
  return { containerIndex, place, purpose, hasKey: false, pinAlways, hasCertificate: false };
}

/** Places of a card, free but for those given. */
export function places(...filled: readonly (Partial<PlaceSummary> & { readonly containerIndex: number })[]): PlaceSummary[] {
  return Array.from({ length: 24 }, (_, index) => ({ ...freePlace(index), ...filled.find((place) => place.containerIndex === index) }));
}

export const freshCard: CardSummary = {
  name: 'YubiKey 5.7.1 (PIV)',
  cardId: '7d2c5a10-93f4-4e88-9b61-0f2a4c6e8d13',
  serial: '17 482 316',
  atr: '3B FD 13 00 00 81 31 FE 15 80 73 C0 21 C0 57 59 75 62 69 4B 65 79 40',
  pin: { retriesLeft: 3, retriesTotal: 3, isDefault: true, minLength: 6, maxLength: 8 },
  puk: { retriesLeft: 3, retriesTotal: 3, isDefault: true, minLength: 6, maxLength: 8 },
  managementKey: { algorithm: 'AES-192', isDefault: true, pinProtected: false },
  places: places(),
  canGenerate: true,
  readOnly: false,
};

export const crowdedCard: CardSummary = {
  ...freshCard,
  name: 'Dienstausweis der Bundesanstalt für Materialforschung und -prüfung (PIV, Seriennummer nicht auslesbar)',
  pin: { retriesLeft: 1, retriesTotal: 3, isDefault: false, minLength: 6, maxLength: 8 },
  puk: { retriesLeft: 0, retriesTotal: 3, minLength: 6, maxLength: 8 },
  managementKey: { pinProtected: true },
  places: places(
    { containerIndex: 0, hasKey: true, keyType: 'RSA-2048', hasCertificate: true, certificate, certificateMatchesKey: true },
    { containerIndex: 1, hasKey: true, keyType: 'P-384', hasCertificate: true, certificate: expiredCertificate, certificateMatchesKey: false },
    { containerIndex: 2, hasKey: true, keyType: 'RSA-2048', origin: 'imported', hasCertificate: true, certificate: longCertificate },
    { containerIndex: 3, hasKey: true, keyType: 'P-256', hasCertificate: false },
    ...Array.from({ length: 12 }, (_, index) => ({
      containerIndex: 4 + index,
      hasKey: index % 3 !== 0,
      keyType: 'RSA-2048' as const,
      hasCertificate: true,
      certificate,
    })),
    { containerIndex: 20, hasCertificate: true },
  ),
};

export const plainCard: CardSummary = {
  name: 'PIV card',
  atr: '3B 9F 95 81 31 FE 9F 00 66 46 53 05 01 00 11 71 DF 00 00 03 90 00 80',
  pin: { minLength: 6, maxLength: 8 },
  puk: { minLength: 8, maxLength: 8 },
  managementKey: { pinProtected: false },
  places: places().slice(0, 4),
  canGenerate: false,
  readOnly: true,
};

export const authentication: PlaceSummary = freePlace(0);
export const signature: PlaceSummary = freePlace(1);
export const management: PlaceSummary = { ...freePlace(2), hasKey: true, keyType: 'RSA-2048', hasCertificate: true, certificate };

export const request: RequestSummary = {
  place: authentication,
  keyType: 'P-256',
  subject: certificate.subject,
  userPrincipalName: 'ada@example.com',
  email: 'ada.lovelace@example.com',
  pem: `-----BEGIN CERTIFICATE REQUEST-----\n${'MIIBJDCBywIBADBpMQswCQYDVQQGEwJHQjEUMBIGA1UECgwLRXhhbXBsZSBMdGQx\n'.repeat(6)}-----END CERTIFICATE REQUEST-----\n`,
  keyFingerprint: 'a7c1e05f2b9d4c6688f01d3e5a7b9c2d4f6e8091a2b3c4d5e6f708192a3b4c5d',
  maxCertificateBytes: 1856,
};

export const wrongPin: Problem = {
  code: 'E03',
  what: 'pin-wrong',
  cardState: 'try-spent',
  next: ['retype-pin', 'ask-for-pin'],
  retriesLeft: 2,
  detail: { sw: 0x63c2, dword: 0x8010006b, dwordName: 'SCARD_W_WRONG_CHV', trail: ['minidriver:SCARD_W_WRONG_CHV', 'card-edge:wrong-pin'] },
};

export const entryTimeout: Problem = {
  code: 'E22',
  what: 'pin-pad-timeout',
  cardState: 'unchanged',
  next: ['retype-pin'],
  detail: { dword: 1460, dwordName: 'ERROR_TIMEOUT', trail: ['minidriver:ERROR_TIMEOUT', 'card-edge:entry-timeout'] },
};

export const entriesDiffer: Problem = {
  code: 'E23',
  what: 'pin-pad-mismatch',
  cardState: 'unchanged',
  next: ['retype-pin'],
  detail: { trail: ['card-edge:entry-mismatch'] },
};

export const wrongManagementKey: Problem = {
  code: 'E09',
  what: 'management-key-refused',
  cardState: 'unchanged',
  next: ['other-management-key-mode', 'retype-management-key', 'ask-issuer'],
  detail: { sw: 0x6982, trail: ['card-edge:management-key-refused'] },
};

export const otherKey: Problem = {
  code: 'F01',
  what: 'certificate-for-other-key',
  cardState: 'unchanged',
  next: ['other-certificate', 'paste-again'],
  detail: { trail: ['flow:certificate-for-other-key'] },
};

export const refusedByAuthority: Problem = {
  code: 'F05',
  what: 'authority-refused',
  cardState: 'key-made-certificate-missing',
  next: ['retry', 'ask-issuer'],
  detail: { said: 'the authority answered 403', trail: ['flow:authority-refused', 'error:TypeError'] },
};

export const cardRemoved: Problem = {
  code: 'L03',
  what: 'card-removed',
  cardState: 'key-replaced-certificate-stale',
  next: ['insert-card', 'reconnect'],
  detail: { bStatus: 0x42, bError: 0xfe, trail: ['card-edge:channel', 'channel:card-removed', 'ccid:no-card'] },
};
