import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CardTransaction } from '../../../src/channel/types.ts';
import { type Bytes, bytes, copy } from '../../../src/codec/bytes.ts';
import { LayerError } from '../../../src/codec/errors.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import { writeTlv } from '../../../src/codec/tlv.ts';
import { certificateFacts } from '../../../src/crypto/certificate-facts.ts';
import { type PublicKey, publicKeyJwk, samePublicKey } from '../../../src/crypto/public-key.ts';
import { pkcs1Unpad } from '../../../src/crypto/unpad.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import type { PivEdge } from '../../../src/piv/card-edge/edge.ts';
import { getData, putData } from '../../../src/piv/data-objects.ts';
import { buildKeyHistory, parseKeyHistory } from '../../../src/piv/key-history.ts';
import { authenticateManagement, typedManagementKey } from '../../../src/piv/management.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { createPivCard, type GenerateRsa, type PivProfileName, type RsaPrivateKey, webCryptoGenerateRsa } from '../../../src/simulator/card/index.ts';
import type { PersistentCard } from '../../../src/simulator/smart-card.ts';
import { testCertificate } from './test-certificate.ts';
import { terminal } from './transactions.ts';

const pin = (): Bytes => fromHex('313233343536');
const key = () => typedManagementKey(fromHex('010203040506070801020304050607080102030405060708'));
const rsa = { kind: 'rsa', keyBits: 2048 } as const;
const NOW = new Date('2026-03-01T00:00:00Z');
const message = copy(new TextEncoder().encode('kept for years'));

/** Real keys, made once and handed out in turn: some hundred renewals would make as many. */
const pool: Promise<RsaPrivateKey>[] = [];
let handedOut = 0;
const generateRsa: GenerateRsa = (bits) => {
  while (pool.length < 5) pool.push(webCryptoGenerateRsa(bits));
  return pool[handedOut++ % pool.length]!;
};

class PowerCut extends LayerError<'removed'> {
  readonly layer = 'channel';
}

/** Power goes at APDU `at`: before the card has seen it, or after it has done it and before the answer is there. */
function cutting(
  card: PersistentCard,
  at: number,
  when: 'before' | 'after',
): { readonly transaction: CardTransaction; readonly count: () => number } {
  const inner = terminal(card);
  let count = 0;
  const real = card.transmit.bind(card);
  const counted: PersistentCard = Object.create(card, {
    transmit: {
      value: async (command: Bytes) => {
        const cut = count++ === at;
        if (cut && when === 'before') throw new PowerCut('removed', 'power went');
        const answer = await real(command);
        if (cut) throw new PowerCut('removed', 'power went');
        return answer;
      },
    },
    extendedLength: { value: card.extendedLength },
    atr: { value: card.atr },
  }) as PersistentCard;
  const transaction = terminal(counted);
  return { transaction: Object.assign(transaction, { limits: inner.limits }), count: () => count };
}

async function open(transaction: CardTransaction): Promise<PivEdge> {
  return openPivEdgeWith(transaction, { atr: copy(transaction.atr), random: systemRandom, today: () => NOW, managementKey: key });
}

/** A card with a decryption key in 9D, and a message enciphered to it. */
async function enrolled(profile: PivProfileName): Promise<{ readonly image: unknown; readonly cipher: Bytes; readonly publicKey: PublicKey }> {
  const card = createPivCard({ profile });
  const edge = await open(terminal(card));
  await edge.provision();
  await edge.verifyPin(1, pin());
  const publicKey = await edge.generate({ containerIndex: 2, keyType: rsa, usage: 'key-exchange', pinId: 1 });
  await edge.writeCertificate(2, testCertificate(publicKey, { commonName: 'old' }));
  const node = createPublicKey({ key: publicKeyJwk(publicKey) as never, format: 'jwk' });
  return { image: card.save(), cipher: copy(publicEncrypt({ key: node, padding: constants.RSA_PKCS1_PADDING }, message)), publicKey };
}

/** The old message opens somewhere on the card: in the container whose key is the old one. */
async function stillOpens(card: PersistentCard, old: PublicKey, cipher: Bytes): Promise<string> {
  card.reset('cold');
  const edge = await open(terminal(card));
  await edge.verifyPin(1, pin());
  const place = (await edge.containers()).find((each) => each.publicKey !== undefined && samePublicKey(each.publicKey, old));
  if (place === undefined) throw new Error('the old key is lost');
  const certificate = await edge.readCertificate(place.index);
  if (certificate !== undefined && place.index >= 4) expect(samePublicKey(certificateFacts(certificate).publicKey!, old)).toBe(true);
  expect(toHex(await pkcs1Unpad(await edge.rsaPrivate(place.index, cipher)))).toBe(toHex(message));
  return place.place;
}

async function renew(transaction: CardTransaction): Promise<PublicKey> {
  const edge = await open(transaction);
  const { publicKey } = await edge.prepareRenewal(2, { keyType: rsa });
  await edge.finishRenewal(2, testCertificate(publicKey, { commonName: 'new' }));
  return publicKey;
}

describe('renewal of a decryption key', () => {
  it('keeps the old key with its certificate, counts it, and the inspector finds no fault', async () => {
    const { image, cipher, publicKey } = await enrolled('yubikey-5.7');
    const card = createPivCard({ profile: 'yubikey-5.7', image, generateRsa });
    const renewed = await renew(terminal(card));
    expect(samePublicKey(renewed, publicKey)).toBe(false);
    expect(await stillOpens(card, publicKey, cipher)).toBe('PIV 82');
    const edge = await open(terminal(card));
    const found = await edge.inspectPiv();
    expect(found.keyHistory).toEqual({ onCard: 1, offCard: 0, url: undefined });
    expect(found.findings.filter((each) => each.severity === 'error').map((each) => each.code)).toEqual([]);
    expect(found.findings.map((each) => each.code)).not.toContain('key-history-inconsistent');
    expect(await edge.renewalState(2)).toEqual({ step: 'idle' });
    // Once more: the next retired place.
    await renew(terminal(card));
    expect(await stillOpens(card, publicKey, cipher)).toBe('PIV 82');
    expect(
      await stillOpens(
        card,
        renewed,
        copy(
          publicEncrypt(
            { key: createPublicKey({ key: publicKeyJwk(renewed) as never, format: 'jwk' }), padding: constants.RSA_PKCS1_PADDING },
            message,
          ),
        ),
      ),
    ).toBe('PIV 83');
  });

  it('survives a power cut at every APDU, before and after the card has worked', { timeout: 300_000 }, async () => {
    const { image, cipher, publicKey } = await enrolled('yubikey-5.7');
    const whole = createPivCard({ profile: 'yubikey-5.7', image, generateRsa });
    const uncut = cutting(whole, -1, 'before');
    await renew(uncut.transaction);
    const total = uncut.count();
    const steps = new Set<string>();
    let cuts = 0;
    for (let at = 0; at < total; at++) {
      for (const when of ['before', 'after'] as const) {
        const card = createPivCard({ profile: 'yubikey-5.7', image, generateRsa });
        await expect(renew(cutting(card, at, when).transaction)).rejects.toThrow();
        cuts++;
        card.reset('cold');
        steps.add((await (await open(terminal(card))).renewalState(2)).step);
        await stillOpens(card, publicKey, cipher);
        card.reset('cold');
        const edge = await open(terminal(card));
        const state = await edge.renewalState(2);
        // A cut after the last write leaves a finished renewal: there is nothing to take up.
        const certificate = await edge.readCertificate(2);
        const done = state.step === 'idle' && certificate !== undefined && !samePublicKey(certificateFacts(certificate).publicKey!, publicKey);
        if (!done) await renew(terminal(card));
        expect(await stillOpens(card, publicKey, cipher)).toBe('PIV 82');
        card.reset('cold');
        const found = await (await open(terminal(card))).inspectPiv();
        expect(
          found.findings.filter((each) => ['certificate-of-another-key', 'key-history-inconsistent', 'certificate-without-key'].includes(each.code)),
        ).toEqual([]);
        expect(found.keyHistory?.onCard).toBe(1);
      }
    }
    expect(cuts).toBe(2 * total);
    expect([...steps].sort()).toEqual(['awaiting-certificate', 'copied', 'idle', 'moved']);
  });

  it('the check notices a wrong order: generating before moving loses the key', async () => {
    const { image, cipher, publicKey } = await enrolled('yubikey-5.7');
    const card = createPivCard({ profile: 'yubikey-5.7', image, generateRsa });
    const edge = await open(terminal(card));
    await edge.generate({ containerIndex: 2, keyType: rsa, usage: 'key-exchange', pinId: 1 });
    await expect(stillOpens(card, publicKey, cipher)).rejects.toThrow('lost');
  });

  it.each(['nist', 'yubikey-5.4'] as const)('%s can not move keys: refused before anything is sent, unless the old key may go', async (profile) => {
    const { image } = await enrolled(profile);
    const card = terminal(createPivCard({ profile, image, generateRsa }));
    const edge = await open(card);
    await edge.renewalState(0).catch(() => undefined);
    card.clear();
    await expect(edge.prepareRenewal(2, { keyType: rsa })).rejects.toMatchObject({ reason: 'unsupported' });
    expect(card.instructions()).not.toMatch(/47|db|f6/);
    const { publicKey } = await edge.prepareRenewal(2, { keyType: rsa, keepOldKey: false });
    await edge.finishRenewal(2, testCertificate(publicKey));
    expect((await edge.containers())[0]?.publicKey).toEqual(publicKey);
  });

  it('a certificate of another key is refused before it is written', async () => {
    const { image, publicKey } = await enrolled('yubikey-5.7');
    const card = terminal(createPivCard({ profile: 'yubikey-5.7', image, generateRsa }));
    const edge = await open(card);
    await edge.prepareRenewal(2, { keyType: rsa });
    card.clear();
    await expect(edge.finishRenewal(2, testCertificate(publicKey))).rejects.toMatchObject({ reason: 'bad-parameter' });
    expect(card.instructions()).not.toContain('db');
  });
});

describe('key history', () => {
  it('follows certificates in retired slots, and off-card keys keep their places', async () => {
    const card = terminal(createPivCard({ profile: 'nist' }));
    const edge = await open(card);
    const piv = await PivSession.open(card);
    const count = async () => parseKeyHistory((await getData(piv, 0x5fc10c)) ?? bytes(0)).onCard;
    await edge.verifyPin(1, pin());
    const made = await edge.generate({ containerIndex: 0, keyType: { kind: 'ec', curve: 'P-256' }, usage: 'signature', pinId: 1 });
    await edge.writeCertificate(4, testCertificate(made));
    expect(await count()).toBe(1);
    await edge.writeCertificate(5, testCertificate(made));
    expect(await count()).toBe(2);
    await edge.writeCertificate(4, undefined);
    expect(await count()).toBe(2);
    await edge.writeCertificate(5, undefined);
    expect(await count()).toBe(0);
    await authenticateManagement(piv, key());
    await putData(piv, 0x5fc10c, buildKeyHistory({ onCard: 1, offCard: 2, url: `http://example.test/${'0'.repeat(64)}` }));
    // Another session wrote: the edge is told.
    edge.forget();
    card.clear();
    await expect(edge.writeCertificate(23, testCertificate(made))).rejects.toMatchObject({ reason: 'bad-parameter' });
    expect(card.instructions()).toBe('cb');
    await edge.writeCertificate(21, testCertificate(made));
    expect(await count()).toBe(18);
  });

  it('is repaired on request, and not touched when it is right', async () => {
    const card = terminal(createPivCard({ profile: 'yubikey-5.7' }));
    const edge = await open(card);
    const piv = await PivSession.open(card);
    await edge.verifyPin(1, pin());
    const made = await edge.generate({ containerIndex: 4, keyType: { kind: 'ec', curve: 'P-256' }, usage: 'key-exchange', pinId: 1 });
    await edge.writeCertificate(4, testCertificate(made));
    await edge.writeCertificate(6, testCertificate(made));
    for (const wrong of [undefined, buildKeyHistory({ onCard: 9, offCard: 0, url: undefined }), writeTlv(0x99)]) {
      await authenticateManagement(piv, key());
      await putData(piv, 0x5fc10c, wrong ?? bytes(0));
      card.interrupted = true;
      await edge.attach(card);
      card.interrupted = false;
      const codes = (await edge.inspectPiv()).findings.map((each) => each.code);
      expect(codes.filter((each) => each.includes('key-history'))).toEqual([
        wrong === undefined ? 'key-history-missing' : wrong.length > 2 ? 'key-history-inconsistent' : 'malformed-key-history',
      ]);
      expect(await edge.repairKeyHistory()).toEqual({ changed: true, onCard: 3, gaps: [2] });
      card.clear();
      expect(await edge.repairKeyHistory()).toEqual({ changed: false, onCard: 3, gaps: [2] });
      expect(card.instructions()).not.toContain('db');
    }
  });
});
