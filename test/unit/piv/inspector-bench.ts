import { type Bytes, bytes, copy } from '../../../src/codec/bytes.ts';
import { fromHex } from '../../../src/codec/hex.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import { type AlternativeName, createCertificate, encodeSpki, parseName, schemeFor } from '../../../src/crypto/certificates/index.ts';
import type { PublicKey } from '../../../src/crypto/public-key.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import type { PivEdge } from '../../../src/piv/card-edge/edge.ts';
import { encodeChuid } from '../../../src/piv/chuid.ts';
import { putData } from '../../../src/piv/data-objects.ts';
import { buildFascN, NON_FEDERAL } from '../../../src/piv/fascn.ts';
import type { PivInspection } from '../../../src/piv/inspector/tree.ts';
import { authenticateManagement, setManagementKey, typedManagementKey } from '../../../src/piv/management.ts';
import type { FetchOffCardFile } from '../../../src/piv/off-card.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard, type PivCardOptions } from '../../../src/simulator/card/index.ts';
import { type CardTerminal, terminal } from './transactions.ts';
import { GUID } from './signed-objects.ts';

/* A card without fault for the inspector, and what is planted on it. */

export const NOW: Date = new Date('2026-03-01T00:00:00Z');
export const pin = (): Bytes => fromHex('313233343536');
export const FACTORY = '010203040506070801020304050607080102030405060708';
export const OTHER = 'a1a2a3a4a5a6a7a8b1b2b3b4b5b6b7b8c1c2c3c4c5c6c7c8';
export const chuid = (expiry: string, signature: Bytes = bytes(0)): Bytes =>
  encodeChuid({ fascN: buildFascN(NON_FEDERAL), guid: GUID, expiry, signature });

export interface Wanted {
  readonly names?: readonly AlternativeName[];
  readonly purposes?: readonly string[];
  readonly notBefore?: string;
  readonly notAfter?: string;
}

/** Signed by nobody: the inspector does not judge who issued a certificate. */
export async function certificate(
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

export interface Planting {
  readonly edge: PivEdge;
  readonly piv: PivSession;
  readonly log: CardTerminal;
  readonly key: PublicKey;
}

export interface Look {
  /** One private operation with each key. */
  readonly prove?: boolean;
  /** The PIN is verified before. */
  readonly verified?: boolean;
  /** Who fetches the file that the key history names. */
  readonly fetchOffCard?: FetchOffCardFile;
  /** How the card is put on the reader for the inspection. */
  readonly card?: Partial<PivCardOptions>;
}

export const NEW_PIN = (): Bytes => copy(new TextEncoder().encode('97531086'));

/** A card without fault, then what was planted on it, then the inspector's findings. */
export async function inspected(plant: (on: Planting) => Promise<void>, look: Look = {}): Promise<PivInspection> {
  const simulated = createPivCard({ profile: 'yubikey-5.7' });
  const log = terminal(simulated);
  const held = { key: FACTORY };
  const open = (on: CardTerminal): Promise<PivEdge> =>
    openPivEdgeWith(on, { atr: on.atr, random: systemRandom, today: () => NOW, managementKey: () => typedManagementKey(fromHex(held.key)) });
  const edge = await open(log);
  await edge.changePin(1, pin(), NEW_PIN());
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
  const again = await open(terminal(createPivCard({ profile: 'yubikey-5.7', ...look.card, image: simulated.save() })));
  if (look.verified === true) await again.verifyPin(1, NEW_PIN());
  return again.inspectPiv({ proveKeys: look.prove ?? false, ...(look.fetchOffCard === undefined ? {} : { fetchOffCard: look.fetchOffCard }) });
}

export const other = (): PublicKey => ({
  kind: 'ec',
  curve: 'P-256',
  point: fromHex(
    '046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
  ),
});
export const wrongPin = async (edge: PivEdge, reference: 1 | 4): Promise<void> => {
  for (let i = 0; i < 3; i++) {
    const attempt =
      reference === 1 ? edge.verifyPin(1, fromHex('303030303030')) : edge.changePin(4, fromHex('3030303030303030'), fromHex('3030303030303031'));
    await attempt.catch(() => undefined);
  }
};
