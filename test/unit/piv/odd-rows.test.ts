import { verify, createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bytes, copy } from '../../../src/codec/bytes.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import { digest } from '../../../src/crypto/digest.ts';
import { ecdsaRawToDer } from '../../../src/crypto/ec.ts';
import { publicKeyJwk } from '../../../src/crypto/public-key.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import type { PivEdge } from '../../../src/piv/card-edge/edge.ts';
import { readInventory } from '../../../src/piv/inventory.ts';
import { setManagementKey } from '../../../src/piv/management.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { type CardDefect, createPivCard, type PivProfileName } from '../../../src/simulator/card/index.ts';
import { administrated, key, ODD_CARDS, p256, pin } from './odd-card-rows.ts';
import { testCertificate } from './test-certificate.ts';
import { type CardTerminal, terminal } from './transactions.ts';

/*
 * On every odd card: the inventory works, the odd answer comes back as a typed result, no PIN try is spent, and another slot can still be
 * enrolled. That the card has the oddity is seen in what went over the wire.
 */

/** PIN and PUK of the card's memory: as many tries left as there are. */
function expectWhole(card: { save(): unknown }): void {
  const { pin: p, puk } = card.save() as Record<'pin' | 'puk', { readonly left: number; readonly total: number }>;
  expect([p.left, puk.left]).toEqual([p.total, puk.total]);
}

/** Whether the card has answered so. */
function hasMet({ log }: CardTerminal, [command, sw]: readonly [string, string]): boolean {
  return log.some((each) => each.command.startsWith(command) && each.sw.startsWith(sw));
}

async function opened(profile: PivProfileName, defects: readonly CardDefect[]) {
  const card = createPivCard({ profile, defects, extendedLength: false });
  const log = terminal(card);
  const edge = await openPivEdgeWith(log, { atr: log.atr, random: systemRandom, today: () => new Date('2026-03-01'), managementKey: key });
  return { card, log, edge };
}

/** A key, its certificate and a signature in a slot that the oddity does not touch. */
async function enrolled(edge: PivEdge, containerIndex: 3): Promise<void> {
  await edge.provision();
  await edge.verifyPin(1, pin());
  const made = await edge.generate({ containerIndex, keyType: p256, usage: 'signature', pinId: 0 });
  await edge.writeCertificate(containerIndex, testCertificate(made));
  const message = copy(new TextEncoder().encode('to be signed'));
  const signature = await edge.ecdsaSign(containerIndex, await digest('SHA-256', message));
  const node = createPublicKey({ key: publicKeyJwk(made) as never, format: 'jwk' });
  expect(verify('sha256', message, node, ecdsaRawToDer('P-256', signature))).toBe(true);
}

describe('oddities of real cards', () => {
  it.each(ODD_CARDS.map((row) => [row.oddity, row.profile, row] as const))(
    '%s (%s)',
    async (_oddity, _profile, { profile, defects = [], met, shows }) => {
      const { card, log, edge } = await opened(profile, defects);
      const before = await readInventory(await PivSession.open(log), true);
      // A card that says of a place that an unknown key is there is believed.
      expect(before.entries.filter(({ certificate, publicKey }) => certificate !== undefined || publicKey !== undefined)).toEqual([]);
      expectWhole(card);
      await shows({ edge, log, piv: await PivSession.open(log) });
      expect(hasMet(log, met)).toBe(true);
      expectWhole(card);
      await enrolled(edge, 3);
      const after = await readInventory(await PivSession.open(log), true);
      expect(after.entries.filter((entry) => entry.certificate !== undefined).map((entry) => entry.name)).toEqual(['PIV 9E']);
      expectWhole(card);
    },
  );

  it('a card without the oddity does not answer so', async () => {
    for (const { met, defects = [] } of ODD_CARDS) {
      if (defects.length === 0 || !met[1].startsWith('6a')) continue;
      const { log, edge } = await opened(ODD_CARDS.find((row) => row.defects === defects)?.profile ?? 'nist', []);
      await edge.containers();
      await edge.verifyPin(1, pin());
      await edge.generate({ containerIndex: 23, keyType: p256, usage: 'key-exchange', pinId: 1 });
      const piv = await administrated(log);
      if (piv.profile.features.has('management-aes')) await setManagementKey(piv, 'AES-256', bytes(32));
      expect(hasMet(log, met)).toBe(false);
    }
  });
});
