import { describe, expect, it } from 'vitest';
import { type Bytes, copy } from '../../../src/codec/bytes.ts';
import { fromHex } from '../../../src/codec/hex.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import type { PivEdge } from '../../../src/piv/card-edge/edge.ts';
import { generateCurve25519 } from '../../../src/piv/curve25519.ts';
import { readInventory } from '../../../src/piv/inventory.ts';
import { authenticateManagement, typedManagementKey } from '../../../src/piv/management.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard } from '../../../src/simulator/card/index.ts';
import type { PersistentCard } from '../../../src/simulator/smart-card.ts';
import { testCertificate } from './test-certificate.ts';
import { terminal } from './transactions.ts';

/* Keys of a kind that no container holds, and keys of which only one of the card's tongues tells. */

const key = () => typedManagementKey(fromHex('010203040506070801020304050607080102030405060708'));
const pin = (): Bytes => fromHex('313233343536');
const p256 = { kind: 'ec', curve: 'P-256' } as const;

const edgeOn = (card: PersistentCard): Promise<PivEdge> =>
  openPivEdgeWith(terminal(card), { atr: copy(card.atr), random: systemRandom, today: () => new Date('2026-03-01T00:00:00Z'), managementKey: key });

const codes = async (edge: PivEdge): Promise<string[]> => (await edge.inspectPiv()).findings.map(({ code, place }) => `${code} ${place ?? ''}`);

describe('a key on Curve25519 under the certificate of the key before it', () => {
  async function replaced(): Promise<PersistentCard> {
    const card = createPivCard({ profile: 'yubikey-5.7' });
    const edge = await edgeOn(card);
    await edge.verifyPin(1, pin());
    for (const [index, usage] of [
      [0, 'signature'],
      [2, 'key-exchange'],
    ] as const) {
      const made = await edge.generate({ containerIndex: index, keyType: p256, usage, pinId: 1 });
      await edge.writeCertificate(index, testCertificate(made));
    }
    const piv = await PivSession.open(terminal(card));
    await authenticateManagement(piv, key());
    await generateCurve25519(piv, 0x9a, 'Ed25519');
    await generateCurve25519(piv, 0x9c, 'Ed25519');
    await generateCurve25519(piv, 0x9d, 'X25519');
    return card;
  }

  it('no container has that certificate’s key, the inspector finds the mismatch, and a key without certificate', async () => {
    const card = await replaced();
    const containers = await (await edgeOn(card)).containers();
    expect(containers.map(({ index, publicKey }) => [index, publicKey])).toEqual([
      [0, undefined],
      [1, undefined],
      [2, undefined],
    ]);
    expect(await codes(await edgeOn(card))).toEqual(
      expect.arrayContaining(['certificate-of-another-key PIV 9A', 'certificate-of-another-key PIV 9D', 'key-without-certificate PIV 9C']),
    );
  });

  it('the inventory has it, certificate or not', async () => {
    const { entries } = await readInventory(await PivSession.open(terminal(await replaced())), false);
    expect(entries.map((entry) => entry.name)).toEqual(['PIV 9A', 'PIV 9C', 'PIV 9D']);
    expect(entries[1]).toMatchObject({ certificate: undefined, publicKey: undefined });
  });
});

describe('a card that tells of its keys by halves', () => {
  it('a key whose metadata are refused is known by its attestation; one of an unknown algorithm is an entry', async () => {
    const whole = createPivCard({ profile: 'yubikey-5.4' });
    const edge = await edgeOn(whole);
    await edge.verifyPin(1, pin());
    const made = await edge.generate({ containerIndex: 1, keyType: p256, usage: 'signature', pinId: 3 });
    await edge.generate({ containerIndex: 2, keyType: p256, usage: 'key-exchange', pinId: 1 });
    const half = createPivCard({ profile: 'yubikey-5.4', image: whole.save(), defects: ['metadata-by-halves'] });
    const containers = await (await edgeOn(half)).containers();
    expect(containers.find(({ index }) => index === 1)?.publicKey).toEqual(made);
    expect(await codes(await edgeOn(half))).toContain('key-without-certificate PIV 9C');
    const { entries } = await readInventory(await PivSession.open(terminal(half)), false);
    expect(entries.map((entry) => entry.name)).toEqual(['PIV 9C', 'PIV 9D']);
    expect(entries[0]?.publicKey).toEqual(made);
  });
});

describe('a retired key', () => {
  it('may have a certificate that has expired', async () => {
    const card = createPivCard({ profile: 'yubikey-5.7' });
    const edge = await edgeOn(card);
    await edge.verifyPin(1, pin());
    for (const index of [3, 4]) {
      const made = await edge.generate({
        containerIndex: index,
        keyType: p256,
        usage: index === 3 ? 'signature' : 'key-exchange',
        pinId: index === 3 ? 0 : 1,
      });
      await edge.writeCertificate(index, testCertificate(made, { notAfter: '200101000000Z' }));
    }
    expect((await codes(await edgeOn(card))).filter((code) => code.startsWith('certificate-expired'))).toEqual(['certificate-expired PIV 9E']);
  });
});
