import { type Bytes, copy } from '../../src/codec/bytes.ts';
import { fromHex } from '../../src/codec/hex.ts';
import { systemRandom } from '../../src/codec/random.ts';
import { openPivEdgeWith } from '../../src/piv/card-edge.ts';
import { typedManagementKey } from '../../src/piv/management.ts';
import { createPivCard, type PivProfileName } from '../../src/simulator/card/index.ts';
import { testCertificate } from '../unit/piv/test-certificate.ts';
import { terminal } from '../unit/piv/transactions.ts';

export const FACTORY = '010203040506070801020304050607080102030405060708';
export const pin = (): Bytes => fromHex('313233343536');

const images = new Map<PivProfileName, Promise<unknown>>();

async function make(profile: PivProfileName): Promise<unknown> {
  const simulated = createPivCard({ profile });
  const card = terminal(simulated);
  const edge = await openPivEdgeWith(card, {
    atr: copy(card.atr),
    random: systemRandom,
    today: () => new Date(),
    managementKey: () => typedManagementKey(fromHex(FACTORY)),
  });
  await edge.provision();
  await edge.verifyPin(1, pin());
  const p256 = { kind: 'ec', curve: 'P-256' } as const;
  for (const [containerIndex, keyType] of [{ kind: 'rsa', keyBits: 2048 } as const, p256, p256, p256].entries()) {
    const made = await edge.generate({
      containerIndex,
      keyType,
      usage: containerIndex === 2 ? 'key-exchange' : 'signature',
      pinId: containerIndex === 1 ? 3 : containerIndex === 3 ? 0 : 1,
    });
    const bare = testCertificate(made, { filling: new Uint8Array(300) }).length;
    await edge.writeCertificate(containerIndex, testCertificate(made, { filling: systemRandom(300 + 1000 - bare) }));
  }
  return simulated.save();
}

/** An image of a card with four keys (RSA-2048 in 9A, P-256 in the others) and certificates of 1000 bytes: made once a profile. */
export function issuedImage(profile: PivProfileName): Promise<unknown> {
  const known = images.get(profile) ?? make(profile);
  images.set(profile, known);
  return known;
}
