import { describe, expect, it } from 'vitest';
import { openPivEdge } from '../../../src/piv/card-edge.ts';
import { typedManagementKey } from '../../../src/piv/management.ts';
import { fromHex } from '../../../src/codec/hex.ts';
import { createPivCard } from '../../../src/simulator/index.ts';
import { testCertificate } from '../piv/test-certificate.ts';
import { terminal } from '../piv/transactions.ts';
import { at, FACTORY_KEY, flowBench, PIN, typed } from './enrollment-helpers.ts';

/* Places for retired keys are looked at when a place is chosen or a certificate's key is looked for, not when the card is connected. */

const p256 = { kind: 'ec', curve: 'P-256' } as const;

/** A card whose only keys are in 9A and 84. */
async function withRetiredKey() {
  const card = createPivCard({ profile: 'yubikey-5.7' });
  const edge = await openPivEdge(terminal(card), { atr: card.atr, managementKey: () => typedManagementKey(fromHex(FACTORY_KEY)) });
  await edge.verifyPin(1, typed(PIN));
  const main = await edge.generate({ containerIndex: 0, keyType: p256, usage: 'signature', pinId: 1 });
  const retired = await edge.generate({ containerIndex: 6, keyType: p256, usage: 'key-exchange', pinId: 1 });
  await edge.deauthenticate(0b1110);
  return { card, main, retired };
}

describe('places for retired keys', () => {
  it('are no part of the first overview, and of every one after a place was chosen', async () => {
    const { card } = await withRetiredKey();
    const { flow } = flowBench({ card });
    await flow.connect();
    expect(at(flow, 'overview').card.places.map((place) => place.place)).toEqual(['PIV 9A', 'PIV 9C', 'PIV 9D', 'PIV 9E']);
    await flow.openKeyChoice();
    expect(
      at(flow, 'choose-key')
        .options.filter(({ place }) => place.hasKey)
        .map(({ place }) => place.place),
    ).toEqual(['PIV 9A', 'PIV 84']);
    await flow.back();
    const { places } = at(flow, 'overview').card;
    expect(places).toHaveLength(24);
    expect(places.filter((place) => place.hasKey).map((place) => place.place)).toEqual(['PIV 9A', 'PIV 84']);
    await flow.release();
  });

  it('a certificate that is brought finds its key in one, and a stranger finds none', async () => {
    const { card, retired } = await withRetiredKey();
    const { flow } = flowBench({ card });
    await flow.connect();
    await flow.openCertificateImport();
    const other = await withRetiredKey();
    await flow.submitCertificate(testCertificate(other.retired));
    expect(at(flow, 'bring-certificate').mistake?.what).toBe('certificate-for-other-key');
    await flow.submitCertificate(testCertificate(retired));
    expect(at(flow, 'certificate-ready').place.place).toBe('PIV 84');
    await flow.release();
  });
});
