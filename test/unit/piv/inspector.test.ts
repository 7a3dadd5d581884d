import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat, copy } from '../../../src/codec/bytes.ts';
import { fromHex } from '../../../src/codec/hex.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import { writeTlv } from '../../../src/codec/tlv.ts';
import { type AlternativeName, createCertificate, encodeSpki, parseName, schemeFor } from '../../../src/crypto/certificates/index.ts';
import type { PublicKey } from '../../../src/crypto/public-key.ts';
import { buildAdminData } from '../../../src/piv/admin-data.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import type { PivEdge } from '../../../src/piv/card-edge/edge.ts';
import { buildCertificateObject } from '../../../src/piv/certificate-object.ts';
import { buildChuid, encodeChuid } from '../../../src/piv/chuid.ts';
import { putData } from '../../../src/piv/data-objects.ts';
import { buildFascN, NON_FEDERAL } from '../../../src/piv/fascn.ts';
import { PIV_FINDINGS, type PivFindingCode } from '../../../src/piv/inspector/findings.ts';
import type { PivInspection } from '../../../src/piv/inspector/tree.ts';
import { buildKeyHistory } from '../../../src/piv/key-history.ts';
import { authenticateManagement, setManagementKey, typedManagementKey } from '../../../src/piv/management.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { buildSecurityObject } from '../../../src/piv/security-object.ts';
import { createPivCard } from '../../../src/simulator/card/index.ts';
import { testCertificate } from './test-certificate.ts';
import { type CardTerminal, terminal } from './transactions.ts';

/* Each fault planted alone on a card that has none; the inspector names it, and nothing else. */

const NOW = new Date('2026-03-01T00:00:00Z');
const pin = (): Bytes => fromHex('313233343536');
const FACTORY = '010203040506070801020304050607080102030405060708';
const OTHER = 'a1a2a3a4a5a6a7a8b1b2b3b4b5b6b7b8c1c2c3c4c5c6c7c8';
const GUID = fromHex('00112233445546778899aabbccddeeff');
const chuid = (expiry: string, signature = bytes(0)): Bytes => encodeChuid({ fascN: buildFascN(NON_FEDERAL), guid: GUID, expiry, signature });

interface Wanted {
  readonly names?: readonly AlternativeName[];
  readonly purposes?: readonly string[];
  readonly notBefore?: string;
  readonly notAfter?: string;
}

/** Signed by nobody: the inspector does not judge who issued a certificate. */
async function certificate(
  publicKey: PublicKey,
  { names, purposes, notBefore = '2025-01-01', notAfter = '2030-01-01' }: Wanted = {},
): Promise<Bytes> {
  const name = parseName('CN=Inspected');
  return createCertificate(
    {
      serialNumber: bytes([1]),
      issuer: name,
      subject: name,
      notBefore: new Date(`${notBefore}T00:00:00Z`),
      notAfter: new Date(`${notAfter}T00:00:00Z`),
      spki: encodeSpki(publicKey),
      extensions: {
        purposes: purposes ?? ['smartcardLogon', 'clientAuth'],
        alternativeNames: names ?? [
          { kind: 'upn', value: 'holder@example.test' },
          { kind: 'uri', value: 'urn:uuid:00112233-4455-4677-8899-aabbccddeeff' },
        ],
      },
    },
    schemeFor(publicKey),
    async () => fromHex('3006020101020101'),
  );
}

interface Planting {
  readonly edge: PivEdge;
  readonly piv: PivSession;
  readonly log: CardTerminal;
  readonly key: PublicKey;
}

async function inspected(plant: (on: Planting) => Promise<void>, prove = false): Promise<PivInspection> {
  const simulated = createPivCard({ profile: 'yubikey-5.7' });
  const log = terminal(simulated);
  const held = { key: FACTORY };
  const open = (): Promise<PivEdge> =>
    openPivEdgeWith(log, { atr: log.atr, random: systemRandom, today: () => NOW, managementKey: () => typedManagementKey(fromHex(held.key)) });
  const edge = await open();
  await edge.changePin(1, pin(), copy(new TextEncoder().encode('97531086')));
  await edge.changePin(4, fromHex('3132333435363738'), copy(new TextEncoder().encode('86420975')));
  const piv = await PivSession.open(log);
  await authenticateManagement(piv, typedManagementKey(fromHex(FACTORY)));
  await setManagementKey(piv, 'AES-192', fromHex(OTHER));
  held.key = OTHER;
  const key = await edge.generate({ containerIndex: 0, keyType: { kind: 'ec', curve: 'P-256' }, usage: 'signature', pinId: 0 });
  await edge.provision();
  await putData(piv, 0x5fc102, chuid('20300101'));
  await edge.writeCertificate(0, await certificate(key));
  await plant({ edge, piv, log, key });
  simulated.reset('cold');
  return (await open()).inspectPiv({ proveKeys: prove });
}

const other = (): PublicKey => ({
  kind: 'ec',
  curve: 'P-256',
  point: fromHex(
    '046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
  ),
});
const wrongPin = async (edge: PivEdge, reference: 1 | 4): Promise<void> => {
  for (let i = 0; i < 3; i++) {
    const attempt =
      reference === 1 ? edge.verifyPin(1, fromHex('303030303030')) : edge.changePin(4, fromHex('3030303030303030'), fromHex('3030303030303031'));
    await attempt.catch(() => undefined);
  }
};

/** What the whole card is found with anyway: its holder signed nothing, and no certificate has Windows' identifier. */
const ALWAYS: readonly PivFindingCode[] = ['chuid-unsigned', 'logon-sid-missing'];

const PLANTED: readonly (readonly [PivFindingCode, (on: Planting) => Promise<void>, (readonly PivFindingCode[])?])[] = [
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
  [
    'malformed-security-object',
    ({ piv }) => putData(piv, 0x5fc106, buildSecurityObject({ groups: [{ group: 1, container: 0x3000 }], cms: fromHex('3000') })),
  ],
  ['malformed-certificate', ({ piv }) => putData(piv, 0x5fc105, fromHex('7003300100710100fe00')), ['chuid-unsigned']],
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
  ['key-history-without-url', ({ piv }) => putData(piv, 0x5fc10c, fromHex('c10100c20101f300fe00'))],
  ['logon-purpose-missing', async ({ edge, key }) => edge.writeCertificate(0, await certificate(key, { purposes: ['clientAuth'] }))],
  ['logon-upn-missing', async ({ edge, key }) => edge.writeCertificate(0, await certificate(key, { names: [{ kind: 'email', value: 'a@b.test' }] }))],
];

describe('inspector', () => {
  it('finds nothing on a card that has nothing, and the proof holds', async () => {
    const found = await inspected(async () => undefined, true);
    expect(found.findings.map((each) => each.code)).toEqual(ALWAYS);
    expect(found.slots[0]?.keyProven).toBe(true);
    expect(found.secrets.map((each) => [each.name, each.isDefault])).toEqual([
      ['pin', false],
      ['puk', false],
      ['management-key', false],
    ]);
    expect(found.managementAlgorithm).toBe('AES-192');
  });

  it.each(PLANTED.map(([code, plant, anyway]) => [code, { plant, anyway: anyway ?? ALWAYS }] as const))('%s', async (code, { plant, anyway }) => {
    const found = await inspected(plant);
    expect([...new Set(found.findings.map((each) => each.code))].sort()).toEqual([...anyway, code].sort());
    expect(found.findings.find((each) => each.code === code)).toMatchObject(PIV_FINDINGS[code]);
  });

  it('key-history-missing, RSA-1024, a private key of another certificate: on a card without metadata', async () => {
    const simulated = createPivCard({ profile: 'nist' });
    const log = terminal(simulated);
    const edge = await openPivEdgeWith(log, {
      atr: log.atr,
      random: systemRandom,
      today: () => NOW,
      managementKey: () => typedManagementKey(fromHex(FACTORY)),
    });
    await edge.generate({ containerIndex: 3, keyType: { kind: 'ec', curve: 'P-256' }, usage: 'signature', pinId: 0 });
    await edge.writeCertificate(3, testCertificate(other()));
    const piv = await PivSession.open(log);
    await authenticateManagement(piv, typedManagementKey(fromHex(FACTORY)));
    const short = testCertificate({ kind: 'rsa', modulus: fromHex('ff'.repeat(128)), publicExponent: bytes([1, 0, 1]) });
    await putData(piv, 0x5fc10e, await buildCertificateObject(short, false));
    const codes = async (proveKeys: boolean) =>
      (await openPivEdgeWith(log, { atr: log.atr, random: systemRandom, today: () => NOW })).inspectPiv({ proveKeys });
    expect((await codes(false)).findings.map((each) => each.code).filter((each) => !each.startsWith('chuid'))).toEqual([
      'short-rsa-key',
      'key-history-missing',
    ]);
    expect((await codes(true)).findings.map((each) => each.code)).toContain('certificate-of-another-key');
  });

  it('reports what is behind the PIN as locked, asks for it after the PIN, and writes nothing', async () => {
    const log = terminal(createPivCard({ profile: 'nist' }));
    const edge = await openPivEdgeWith(log, { atr: log.atr, random: systemRandom, today: () => NOW });
    const before = await edge.inspectPiv();
    expect(before.objects.filter((each) => each.state === 'locked').map((each) => each.tag.toString(16))).toEqual([
      '5fc103',
      '5fc108',
      '5fc109',
      '5fc121',
      '5fc123',
    ]);
    await edge.verifyPin(1, pin());
    log.clear();
    const after = await edge.inspectPiv({ proveKeys: true });
    expect(after.objects.filter((each) => each.state === 'locked')).toEqual([]);
    expect(log.instructions()).not.toMatch(/db|47|24|2c/);
  });

  it('every code has a number of its own', () => {
    const numbers = Object.values(PIV_FINDINGS).map((row) => row.short);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const number of numbers) expect(number).toMatch(/^P\d\d$/);
  });

  it('survives octets of any kind in every object', { timeout: 120_000 }, async () => {
    const tags = [0x5fc101, 0x5fc102, 0x5fc105, 0x5fc106, 0x5fc107, 0x5fc10c, 0x5fc122, 0x5fff00, 0x5fff10, 0x7e, 0x7f61, 0x5fc109, 0x5fc103];
    for (let round = 0; round < 12; round++) {
      const log = terminal(createPivCard({ profile: 'yubikey-5.7' }));
      const edge = await openPivEdgeWith(log, { atr: log.atr, random: systemRandom, today: () => NOW });
      const piv = await PivSession.open(log);
      await authenticateManagement(piv, typedManagementKey(fromHex(FACTORY)));
      await edge.verifyPin(1, pin());
      for (const tag of tags) {
        const whole = buildChuid(systemRandom, NOW);
        const content =
          round % 3 === 0 ? systemRandom(1 + (systemRandom(1)[0] ?? 0)) : concat(whole.slice(0, round * 5), writeTlv(0x70, systemRandom(20)));
        await putData(piv, tag, content);
      }
      const found = await edge.inspectPiv();
      expect(found.findings.length).toBeGreaterThan(0);
      await edge.inspect();
    }
  });
});
