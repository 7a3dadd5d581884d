import { describe, expect, it } from 'vitest';
import { copy } from '../../../src/codec/bytes.ts';
import { fromHex } from '../../../src/codec/hex.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import type { PublicKey } from '../../../src/crypto/public-key.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import type { PivEdge } from '../../../src/piv/card-edge/edge.ts';
import { readInventory } from '../../../src/piv/inventory.ts';
import { typedManagementKey } from '../../../src/piv/management.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard, type PivProfileName } from '../../../src/simulator/card/index.ts';
import { testCertificate } from './test-certificate.ts';
import { type CardTerminal, terminal } from './transactions.ts';

/* Cards that attest and have no metadata: a key without certificate is found by its attestation. */

const p256 = { kind: 'ec', curve: 'P-256' } as const;
const pin = () => fromHex('313233343536');

async function open(card: CardTerminal): Promise<PivEdge> {
  return openPivEdgeWith(card, {
    atr: copy(card.atr),
    random: systemRandom,
    today: () => new Date(),
    managementKey: () => typedManagementKey(fromHex('010203040506070801020304050607080102030405060708')),
  });
}

/** A card with a key in 9A, taken out and put in again; `certify` writes a certificate first. */
async function generated(profile: PivProfileName, certify?: (made: PublicKey) => PublicKey): Promise<{ card: CardTerminal; made: PublicKey }> {
  const simulated = createPivCard({ profile });
  const card = terminal(simulated);
  const edge = await open(card);
  await edge.verifyPin(1, pin());
  const made = await edge.generate({ containerIndex: 0, keyType: p256, usage: 'signature', pinId: 1 });
  if (certify !== undefined) await edge.writeCertificate(0, testCertificate(certify(made)));
  simulated.reset('cold');
  card.clear();
  return { card, made };
}

describe('a key without certificate on a card without metadata', () => {
  it('is a container, stands in the inventory and in the inspector, and signs', async () => {
    const { card, made } = await generated('yubikey-4');
    const edge = await open(card);
    expect(await edge.container(0)).toMatchObject({ publicKey: made, hasCertificate: false, usage: 'signature' });
    expect((await edge.containers()).map(({ index }) => index)).toEqual([0]);
    await edge.verifyPin(1, pin());
    expect(await edge.ecdsaSign(0, new Uint8Array(32).fill(7))).toHaveLength(64);
    expect((await readInventory(await PivSession.open(card), true)).entries).toMatchObject([{ key: 0x9a, publicKey: made, certificate: undefined }]);
    const { slots, findings } = await edge.inspectPiv();
    expect(slots[0]?.publicKey).toEqual(made);
    expect(findings).toContainEqual(expect.objectContaining({ code: 'key-without-certificate', place: 'PIV 9A' }));
  });

  it('each slot is asked once, and no retired one', async () => {
    const { card } = await generated('yubikey-4');
    const edge = await open(card);
    for (let i = 0; i < 2; i++) {
      await edge.containers();
      await edge.container(1);
    }
    expect(card.log.filter(({ command }) => command.startsWith('00f9')).map(({ command }) => command.slice(4, 6))).toEqual(['9a', '9c', '9d', '9e']);
  });

  it('a slot whose certificate names its key is not asked', async () => {
    const { card } = await generated('yubikey-4', (made) => made);
    const edge = await open(card);
    expect(await edge.container(0)).toMatchObject({ hasCertificate: true });
    await edge.inspectPiv();
    expect(card.log.map(({ command }) => command.slice(0, 6))).not.toContain('00f99a');
  });

  it.each(['nist', 'government', 'look-alike', 'yubikey-5.4', 'yubikey-5.7'] as const)('%s is not asked to attest', async (profile) => {
    const card = terminal(createPivCard({ profile }));
    const edge = await open(card);
    await edge.containers();
    await readInventory(await PivSession.open(card), true);
    expect(card.instructions()).not.toContain('f9');
    if (profile === 'nist' || profile === 'government') expect(card.instructions()).not.toMatch(/f[679]/);
  });
});
