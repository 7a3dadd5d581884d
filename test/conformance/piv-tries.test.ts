import { createPublicKey, generateKeyPairSync, publicEncrypt, constants } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, copy } from '../../src/codec/bytes.ts';
import { fromHex } from '../../src/codec/hex.ts';
import { systemRandom } from '../../src/codec/random.ts';
import { publicKeyJwk } from '../../src/crypto/public-key.ts';
import { openPivEdgeWith } from '../../src/piv/card-edge.ts';
import type { PivEdge } from '../../src/piv/card-edge/edge.ts';
import { blockForReset, resetApplication, setRetries } from '../../src/piv/card-life.ts';
import { readInventory } from '../../src/piv/inventory.ts';
import { authenticateManagement, typedManagementKey } from '../../src/piv/management.ts';
import { verifyPin } from '../../src/piv/pin.ts';
import { protectManagementKey, recoverProtectedKey } from '../../src/piv/protected-key.ts';
import { PivSession } from '../../src/piv/session.ts';
import { type CardDefect, createPivCard, type PivProfileName, pivProfiles } from '../../src/simulator/card/index.ts';
import { testCertificate } from '../unit/piv/test-certificate.ts';
import { type CardTerminal, terminal } from '../unit/piv/transactions.ts';
import { FACTORY, issuedImage, pin } from './piv-issued.ts';
import { recordedCard, type RecordedCard, triesStaked } from './piv-recorder.ts';

/*
 * No PIN try is staked that the person did not type: in every flow on every profile, as many commands with a PIN or PUK in them reach the
 * card as PINs were typed.
 */

const puk = (): Bytes => fromHex('3132333435363738');
const wrong = (): Bytes => fromHex('393939393939');
const managed = () => typedManagementKey(fromHex(FACTORY));

interface On {
  readonly edge: PivEdge;
  readonly card: RecordedCard;
  readonly log: CardTerminal;
  /** A PIN as somebody types it: counted. */
  readonly typed: (secret: Bytes) => Bytes;
}

interface Flow {
  readonly name: string;
  readonly run: (on: On) => Promise<void>;
  /** Left out: on all. */
  readonly where?: (profile: PivProfileName) => boolean;
}

/** A look-alike answers with a version whose commands it lacks. */
const vendors = (profile: PivProfileName): boolean => pivProfiles[profile].vendorCommands.includes('set-retries');
const p256 = { kind: 'ec', curve: 'P-256' } as const;

/** A session with key 9B, beside the edge. */
async function administrated({ log }: On): Promise<PivSession> {
  const piv = await PivSession.open(log);
  await authenticateManagement(piv, managed());
  return piv;
}

async function firmlyRefused(body: Promise<unknown>): Promise<void> {
  await expect(body).rejects.toMatchObject({ reason: 'wrong-pin' });
}

const FLOWS: readonly Flow[] = [
  { name: 'connect', run: async ({ edge }) => void (await edge.identity(), await edge.containers()) },
  {
    name: 'status of every role',
    run: async ({ edge }) => {
      for (const role of [1, 2, 3, 4] as const) await edge.pinStatus(role);
    },
  },
  { name: 'inspect', run: async ({ edge }) => void (await edge.inspect(), await edge.inspectPiv({ proveKeys: true })) },
  { name: 'inventory', run: async ({ log }) => void (await readInventory(await PivSession.open(log), true)) },
  {
    name: 'sign with 9A, 9C, 9E',
    run: async ({ edge, typed }) => {
      await edge.verifyPin(1, typed(pin()));
      await edge.rsaPrivate(0, bytes(256).fill(1));
      await edge.verifyPin(3, typed(pin()));
      await edge.ecdsaSign(1, bytes(32));
      await edge.ecdsaSign(3, bytes(32));
    },
  },
  {
    name: 'sign with 9C twice on one PIN: refused, and none is sent for it',
    run: async ({ edge, typed }) => {
      await edge.containers();
      await edge.verifyPin(3, typed(pin()));
      await edge.ecdsaSign(1, bytes(32));
      await expect(edge.ecdsaSign(1, bytes(32))).rejects.toMatchObject({ reason: 'not-authenticated' });
    },
  },
  {
    name: 'decrypt',
    run: async ({ edge, typed }) => {
      await edge.verifyPin(1, typed(pin()));
      const rsa = (await edge.containers())[0]?.publicKey;
      const node = createPublicKey({ key: publicKeyJwk(rsa!) as never, format: 'jwk' });
      await edge.rsaPrivate(0, copy(publicEncrypt({ key: node, padding: constants.RSA_PKCS1_PADDING }, Buffer.from('x'))));
    },
  },
  {
    name: 'derive',
    run: async ({ edge, typed }) => {
      await edge.verifyPin(1, typed(pin()));
      const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
      await edge.ecdh(2, copy(Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])));
    },
  },
  {
    name: 'enroll',
    run: async ({ edge, typed }) => {
      await edge.provision();
      await edge.verifyPin(1, typed(pin()));
      const made = await edge.generate({ containerIndex: 0, keyType: p256, usage: 'signature', pinId: 1 });
      await edge.ecdsaSign(0, bytes(32));
      await edge.writeCertificate(0, testCertificate(made));
    },
  },
  {
    name: 'renew',
    run: async ({ edge, typed }) => {
      await edge.verifyPin(1, typed(pin()));
      const { publicKey } = await edge.prepareRenewal(0, { keyType: p256, keepOldKey: false });
      await edge.finishRenewal(0, testCertificate(publicKey));
    },
  },
  { name: 'repair the key history', run: async ({ edge }) => void (await edge.repairKeyHistory()) },
  {
    name: 'change PIN and PUK',
    run: async ({ edge, typed }) => {
      await edge.changePin(1, typed(pin()), fromHex('363534333231'));
      await edge.changePin(4, typed(puk()), fromHex('3837363534333231'));
    },
  },
  {
    name: 'wrong PIN, wrong PUK, then unblock',
    run: async ({ edge, typed }) => {
      await firmlyRefused(edge.verifyPin(1, typed(wrong())));
      await firmlyRefused(edge.unblockPin(4, typed(fromHex('3030303030303030')), 1, pin()));
      await edge.unblockPin(4, typed(puk()), 1, pin());
    },
  },
  {
    name: 'values that can be no PIN or PUK: none is sent',
    run: async ({ edge }) => {
      await expect(edge.verifyPin(1, fromHex('3132333435'))).rejects.toMatchObject({ layer: 'card-edge' });
      await expect(edge.changePin(1, pin(), fromHex('31'))).rejects.toMatchObject({ layer: 'card-edge' });
      await expect(edge.unblockPin(4, fromHex('31'), 1, pin())).rejects.toMatchObject({ layer: 'card-edge' });
    },
  },
  {
    name: 'log out and in a new transaction',
    run: async ({ edge, log, typed }) => {
      await edge.verifyPin(1, typed(pin()));
      await edge.deauthenticate(0b1110);
      log.interrupted = true;
      await edge.attach(log);
      log.interrupted = false;
      await edge.containers();
    },
  },
  {
    name: 'set the tries',
    where: vendors,
    run: async (on) => {
      const piv = await administrated(on);
      await verifyPin(piv, on.typed(pin()));
      await setRetries(piv, 5, 5);
    },
  },
  {
    name: 'keep the management key behind the PIN, and take it up again',
    where: vendors,
    run: async (on) => {
      const piv = await administrated(on);
      await verifyPin(piv, on.typed(pin()));
      await protectManagementKey(piv);
      piv.forgetSecurityState();
      expect(await recoverProtectedKey(piv)).toBe(true);
    },
  },
  {
    name: 'reset: refused while PIN and PUK have tries',
    where: vendors,
    run: async (on) => void (await expect(resetApplication(await administrated(on))).rejects.toMatchObject({ layer: 'card' })),
  },
];

async function judged(profile: PivProfileName, flow: Flow, defects: readonly CardDefect[] = []): Promise<{ staked: number; typed: number }> {
  const card = recordedCard(createPivCard({ profile, image: await issuedImage(profile), defects }));
  const log = terminal(card);
  const edge = await openPivEdgeWith(log, { atr: log.atr, random: systemRandom, today: () => new Date('2026-03-01'), managementKey: managed });
  let typed = 0;
  await flow.run({ edge, card, log, typed: (secret) => (typed++, secret) });
  return { staked: triesStaked(card.seen), typed };
}

describe.each(Object.keys(pivProfiles) as PivProfileName[])('%s: as many tries are staked as PINs were typed', (profile) => {
  it.each(FLOWS.filter(({ where }) => where?.(profile) ?? true).map((flow) => [flow.name, flow] as const))('%s', async (_name, flow) => {
    const { staked, typed } = await judged(profile, flow);
    expect(staked).toBe(typed);
  });
});

describe('the count', () => {
  it('catches a PIN that nobody typed', async () => {
    const { staked, typed } = await judged('nist', {
      name: 'planted',
      run: async ({ edge, typed: by }) => {
        await edge.verifyPin(1, by(pin()));
        await edge.verifyPin(1, pin());
      },
    });
    expect([staked, typed]).toEqual([2, 1]);
  });

  it('reset is the one flow that stakes tries on purpose: after a confirmation, and as many as the card has', async () => {
    for (const profile of ['yubikey-4', 'yubikey-5.4', 'yubikey-5.7'] as const) {
      const card = recordedCard(createPivCard({ profile }));
      const piv = await PivSession.open(terminal(card));
      await blockForReset(piv, 'everything on this card will be lost', systemRandom);
      const { retries } = pivProfiles[profile];
      // The last try of each is answered with none left, or the one after it with "blocked".
      expect(triesStaked(card.seen)).toBeGreaterThanOrEqual(2 * retries);
      expect(triesStaked(card.seen)).toBeLessThanOrEqual(2 * retries + 2);
      card.clear();
      await resetApplication(piv);
      expect(triesStaked(card.seen)).toBe(0);
    }
  });
});
