import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, copy } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import { blockForReset, resetApplication, setRetries } from '../../../src/piv/card-life.ts';
import { curve25519Key, ed25519Sign, generateCurve25519, importCurve25519, x25519 } from '../../../src/piv/curve25519.ts';
import { generateKey, moveKey } from '../../../src/piv/keys.ts';
import { authenticateManagement, setManagementKey, typedManagementKey } from '../../../src/piv/management.ts';
import { getMetadata } from '../../../src/piv/metadata.ts';
import { verifyPin } from '../../../src/piv/pin.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard, type PivProfileName } from '../../../src/simulator/card/index.ts';
import type { PersistentCard } from '../../../src/simulator/smart-card.ts';
import { answering, type CardTerminal, terminal } from './transactions.ts';

const FACTORY = '010203040506070801020304050607080102030405060708';
const pin = (): Bytes => fromHex('313233343536');
const CONFIRMED = 'everything on this card will be lost';
const message = copy(new TextEncoder().encode('to be signed'));

async function administrated(
  profile: PivProfileName = 'yubikey-5.7',
  card: PersistentCard = createPivCard({ profile }),
): Promise<{ piv: PivSession; log: CardTerminal; card: PersistentCard }> {
  const log = terminal(card);
  const piv = await PivSession.open(log);
  await authenticateManagement(piv, typedManagementKey(fromHex(FACTORY)));
  return { piv, log, card };
}

const okp = (crv: 'Ed25519' | 'X25519', x: Bytes) =>
  createPublicKey({ key: { kty: 'OKP', crv, x: Buffer.from(x).toString('base64url') }, format: 'jwk' });

describe('Curve25519', () => {
  it('generates, tells, signs and agrees; node:crypto takes both', async () => {
    const { piv } = await administrated();
    const ed = await generateCurve25519(piv, 0x9a, 'Ed25519', { pin: 'once' });
    const x = await generateCurve25519(piv, 0x9d, 'X25519');
    expect(await curve25519Key(piv, 0x9a)).toEqual({ curve: 'Ed25519', publicKey: ed });
    expect(await curve25519Key(piv, 0x9d)).toEqual({ curve: 'X25519', publicKey: x });
    expect(await curve25519Key(piv, 0x9e)).toBeUndefined();
    await verifyPin(piv, pin());
    expect(verify(null, message, okp('Ed25519', ed), await ed25519Sign(piv, 0x9a, message))).toBe(true);
    const ours = generateKeyPairSync('x25519');
    const peer = copy(Buffer.from(ours.publicKey.export({ format: 'jwk' }).x!, 'base64url'));
    expect(toHex(await x25519(piv, 0x9d, peer))).toBe(toHex(copy(diffieHellman({ privateKey: ours.privateKey, publicKey: okp('X25519', x) }))));
    // A point of small order: the shared secret would be zeros.
    await expect(x25519(piv, 0x9d, bytes(32))).rejects.toMatchObject({ layer: 'card' });
    await expect(x25519(piv, 0x9d, bytes(31))).rejects.toMatchObject({ reason: 'bad-parameter' });
  });

  it('imports seed and scalar', async () => {
    const { piv } = await administrated();
    for (const curve of ['Ed25519', 'X25519'] as const) {
      const pair = curve === 'Ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519');
      const jwk = pair.privateKey.export({ format: 'jwk' });
      await importCurve25519(piv, 0x82, curve, copy(Buffer.from(jwk.d!, 'base64url')));
      expect(toHex((await curve25519Key(piv, 0x82))?.publicKey ?? bytes(0))).toBe(Buffer.from(jwk.x!, 'base64url').toString('hex'));
      expect(createPrivateKey({ key: jwk as never, format: 'jwk' }).asymmetricKeyType).toBe(curve.toLowerCase());
    }
    await expect(importCurve25519(piv, 0x82, 'Ed25519', bytes(Array.from({ length: 33 }, () => 1)))).rejects.toMatchObject({
      reason: 'bad-parameter',
    });
  });

  it('is not offered where firmware has none', async () => {
    const { piv, log } = await administrated('yubikey-5.4');
    log.clear();
    await expect(generateCurve25519(piv, 0x9a, 'Ed25519')).rejects.toMatchObject({ reason: 'unsupported' });
    await expect(ed25519Sign(piv, 0x9a, message)).rejects.toMatchObject({ reason: 'unsupported' });
    expect(log.log).toHaveLength(0);
  });
});

describe('policies and moving', () => {
  it('touch and PIN policy of a new key and of the management key', async () => {
    const { piv } = await administrated();
    await generateKey(piv, 0x9a, { kind: 'ec', curve: 'P-256' }, { pin: 'never', touch: 'cached' });
    expect(await getMetadata(piv, 0x9a)).toMatchObject({ pinRule: 'never', touch: 'cached', origin: 'generated' });
    await setManagementKey(piv, 'AES-192', fromHex(FACTORY), 'always');
    expect(await getMetadata(piv, 0x9b)).toMatchObject({ touch: 'always', isDefault: true });
    // Left out, it stays what it is; a card without metadata can't tell, and gets none.
    await setManagementKey(piv, 'AES-256', bytes(32).fill(7));
    expect(await getMetadata(piv, 0x9b)).toMatchObject({ touch: 'always', isDefault: false });
    await setManagementKey(piv, 'AES-192', fromHex(FACTORY), 'never');
    expect(await getMetadata(piv, 0x9b)).toMatchObject({ touch: 'never', isDefault: true });
    await moveKey(piv, 0x9a, 0x95);
    expect(await getMetadata(piv, 0x9a)).toBeUndefined();
    expect(await getMetadata(piv, 0x95)).toMatchObject({ pinRule: 'never', touch: 'cached' });
  });
});

describe('tries and reset', () => {
  it('sets the tries, and both secrets are the factory ones again', async () => {
    const { piv, log } = await administrated();
    await expect(setRetries(piv, 5, 6)).rejects.toMatchObject({ reason: 'not-authenticated' });
    await verifyPin(piv, pin());
    log.clear();
    await expect(setRetries(piv, 0, 6)).rejects.toMatchObject({ reason: 'bad-parameter' });
    expect(log.log).toHaveLength(0);
    await setRetries(piv, 5, 6);
    expect(await getMetadata(piv, 0x80)).toMatchObject({ retriesTotal: 5, retriesLeft: 5, isDefault: true });
    expect(await getMetadata(piv, 0x81)).toMatchObject({ retriesTotal: 6, retriesLeft: 6 });
  });

  it.each(['yubikey-4', 'yubikey-5.4', 'yubikey-5.7'] as const)('%s is reset only when PIN and PUK are blocked', async (profile) => {
    const { piv, log } = await administrated(profile);
    await generateKey(piv, 0x9a, { kind: 'ec', curve: 'P-256' });
    log.clear();
    await expect(resetApplication(piv)).rejects.toMatchObject({ reason: 'refused' });
    if (profile !== 'yubikey-4') expect(log.instructions()).not.toContain('fb');
    await expect(blockForReset(piv, '' as never, systemRandom)).rejects.toMatchObject({ reason: 'bad-parameter' });
    expect(await blockForReset(piv, CONFIRMED, systemRandom)).toBe('blocked');
    await resetApplication(piv);
    await verifyPin(piv, pin());
    await authenticateManagement(piv, typedManagementKey(fromHex(FACTORY)));
    await expect(moveKey(piv, 0x9a, 0x82)).rejects.toMatchObject({ layer: 'card' });
  });

  it('a card that never blocks does not keep the host for ever', async () => {
    const card = createPivCard({ profile: 'yubikey-5.7', defects: ['uncounted-pin'] });
    const { piv, log } = await administrated('yubikey-5.7', card);
    log.clear();
    await expect(blockForReset(piv, CONFIRMED, systemRandom)).rejects.toMatchObject({ reason: 'refused' });
    expect(log.instructions().match(/20/g)).toHaveLength(255);
  });

  it('one that is blocked already needs no more: RESET alone does it', async () => {
    const { piv, log } = await administrated();
    await blockForReset(piv, CONFIRMED, systemRandom);
    log.clear();
    expect(await blockForReset(piv, CONFIRMED, systemRandom)).toBe('reset');
    expect(log.instructions()).toBe('f7 fb');
    await verifyPin(piv, pin());
  });

  it('6982 says as much as 6985: the command is there', async () => {
    const real = createPivCard({ profile: 'yubikey-5.7' });
    const { piv } = await administrated(
      'yubikey-5.7',
      answering(real, /^00fb/, async (answer) => (await answer()).replace('6985', '6982')),
    );
    expect(await blockForReset(piv, CONFIRMED, systemRandom)).toBe('blocked');
    await resetApplication(piv);
  });

  it('metadata by halves keep nobody from the reset', async () => {
    const { piv } = await administrated('yubikey-5.4', createPivCard({ profile: 'yubikey-5.4', defects: ['metadata-by-halves'] }));
    await blockForReset(piv, CONFIRMED, systemRandom);
    await resetApplication(piv);
    await verifyPin(piv, pin());
  });
});

describe('no try is spent for a reset that can’t be', () => {
  const triesOf = ({ pin, puk }: { readonly pin: { readonly left: number }; readonly puk: { readonly left: number } }) => [pin.left, puk.left];
  const left = (card: PersistentCard) => triesOf(card.save() as Parameters<typeof triesOf>[0]);

  it.each([
    ['a look-alike that has no RESET', { profile: 'look-alike' }, 'unsupported'],
    ['fingers are enrolled', { profile: 'yubikey-5.7', fingerprint: { enrolled: true, finger: () => true } }, 'refused'],
  ] as const)('%s', async (_name, options, reason) => {
    const card = createPivCard(options);
    const log = terminal(card);
    const piv = await PivSession.open(log);
    const before = left(card);
    await expect(blockForReset(piv, CONFIRMED, systemRandom)).rejects.toMatchObject({ layer: 'card', reason });
    expect(left(card)).toEqual(before);
    expect(log.instructions()).not.toMatch(/20|2c/);
    await verifyPin(piv, pin());
  });

  it('a reader without fingers does not stand in the way', async () => {
    const card = createPivCard({ profile: 'yubikey-5.7', fingerprint: { enrolled: false, finger: () => false } });
    const piv = await PivSession.open(terminal(card));
    await blockForReset(piv, CONFIRMED, systemRandom);
    await resetApplication(piv);
  });

  it('the simulated card itself keeps its keys while fingers are enrolled', async () => {
    const blocked = createPivCard({ profile: 'yubikey-5.7' });
    await blockForReset(await PivSession.open(terminal(blocked)), CONFIRMED, systemRandom);
    const card = createPivCard({ profile: 'yubikey-5.7', image: blocked.save(), fingerprint: { enrolled: true, finger: () => true } });
    await expect(resetApplication(await PivSession.open(terminal(card)))).rejects.toMatchObject({ reason: 'refused', sw: 0x6985 });
    expect(left(card)).toEqual([0, 0]);
  });
});
