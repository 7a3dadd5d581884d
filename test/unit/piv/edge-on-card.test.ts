import { createPublicKey, diffieHellman, generateKeyPairSync, verify, publicEncrypt, constants, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, copy } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { digest } from '../../../src/crypto/digest.ts';
import { ecdsaRawToDer } from '../../../src/crypto/ec.ts';
import { digestInfo, pkcs1Pad } from '../../../src/crypto/pkcs1.ts';
import { type PublicKey, publicKeyJwk } from '../../../src/crypto/public-key.ts';
import { pkcs1Unpad } from '../../../src/crypto/unpad.ts';
import type { EdgeKeyType, ManagementKeyProvider } from '../../../src/minidriver/card-edge.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import type { PivEdge } from '../../../src/piv/card-edge/edge.ts';
import { typedManagementKey } from '../../../src/piv/management.ts';
import { createPivCard, type PivCardOptions, type PivProfileName } from '../../../src/simulator/card/index.ts';
import { testCertificate } from './test-certificate.ts';
import { type CardTerminal, terminal } from './transactions.ts';

const FACTORY_KEY = '010203040506070801020304050607080102030405060708';
const pin = (): Bytes => fromHex('313233343536');
const message = copy(new TextEncoder().encode('to be signed'));
const node = (key: PublicKey) => createPublicKey({ key: publicKeyJwk(key) as never, format: 'jwk' });

interface Bench {
  readonly edge: PivEdge;
  readonly card: CardTerminal;
}

async function bench(
  profile: PivProfileName,
  options: Partial<PivCardOptions> = {},
  provider: (() => ManagementKeyProvider | undefined) | undefined = () => typedManagementKey(fromHex(FACTORY_KEY)),
): Promise<Bench> {
  const card = terminal(createPivCard({ profile, ...options }));
  const edge = await openPivEdgeWith(card, {
    atr: card.atr,
    random: (length) => bytes(Array.from({ length }, (_, i) => (i * 7 + 1) & 0xff)),
    today: () => new Date('2026-03-01T00:00:00Z'),
    ...(provider === undefined ? {} : { managementKey: provider }),
  });
  return { edge, card };
}

const profiles: readonly PivProfileName[] = ['nist', 'yubikey-5.4', 'yubikey-5.7'];
const p256: EdgeKeyType = { kind: 'ec', curve: 'P-256' };
const rsa2048: EdgeKeyType = { kind: 'rsa', keyBits: 2048 };

describe.each(profiles)('edge on the simulated card %s', (profile) => {
  it('enrolls P-256 in 9A: generate, sign, write, read, find again', async () => {
    const { edge, card } = await bench(profile);
    await edge.provision();
    await edge.verifyPin(1, pin());
    expect(edge.authenticated & 0b10).toBe(0b10);
    const key = await edge.generate({ containerIndex: 0, keyType: p256, usage: 'signature', pinId: 1 });
    const signature = await edge.ecdsaSign(0, await digest('SHA-256', message));
    expect(verify('sha256', message, node(key), ecdsaRawToDer('P-256', signature))).toBe(true);
    const der = testCertificate(key);
    expect(new X509Certificate(der).subject).toBe('CN=Test');
    await edge.writeCertificate(0, der);
    const [container] = await edge.containers();
    expect(container).toMatchObject({
      index: 0,
      place: 'PIV 9A',
      usage: 'signature',
      pinId: 1,
      pinAlways: false,
      hasCertificate: true,
      publicKey: key,
    });
    await edge.deauthenticate(0b1110);
    expect(edge.authenticated).toBe(0);
    await expect(edge.rsaPrivate(0, new Uint8Array(256))).rejects.toMatchObject({ layer: 'card-edge' });

    // Another session, with nothing remembered.
    card.interrupted = true;
    await edge.attach(card);
    expect(await edge.containers()).toEqual([{ ...container }]);
    expect(toHex((await edge.readCertificate(0)) ?? bytes(0))).toBe(toHex(der));
    await edge.verifyPin(1, pin());
    expect(verify('sha256', message, node(key), ecdsaRawToDer('P-256', await edge.ecdsaSign(0, await digest('SHA-256', message))))).toBe(true);
  });

  it('generates RSA-2048 in 9D, signs and deciphers', async () => {
    const { edge } = await bench(profile);
    await edge.verifyPin(1, pin());
    const key = await edge.generate({ containerIndex: 2, keyType: rsa2048, usage: 'key-exchange', pinId: 1 });
    const block = pkcs1Pad(digestInfo('SHA-256', await digest('SHA-256', message)), 256);
    expect(verify('sha256', message, node(key), await edge.rsaPrivate(2, block))).toBe(true);
    const cipher = copy(publicEncrypt({ key: node(key), padding: constants.RSA_PKCS1_PADDING }, message));
    expect(toHex(await pkcs1Unpad(await edge.rsaPrivate(2, cipher)))).toBe(toHex(message));
  });

  it('agrees on a secret by ECDH in 9D on P-384', async () => {
    const { edge } = await bench(profile);
    await edge.verifyPin(1, pin());
    const key = await edge.generate({ containerIndex: 2, keyType: { kind: 'ec', curve: 'P-384' }, usage: 'key-exchange', pinId: 1 });
    const ours = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const jwk = ours.publicKey.export({ format: 'jwk' });
    const point = copy(Buffer.concat([Buffer.from([4]), Buffer.from(jwk.x!, 'base64url'), Buffer.from(jwk.y!, 'base64url')]));
    expect(toHex(await edge.ecdh(2, point))).toBe(toHex(copy(diffieHellman({ privateKey: ours.privateKey, publicKey: node(key) }))));
    point[50] = (point[50] ?? 0) ^ 1;
    await expect(edge.ecdh(2, point)).rejects.toMatchObject({ reason: 'bad-parameter' });
  });

  it('9C wants the PIN immediately before each signature', async () => {
    const { edge } = await bench(profile);
    await edge.verifyPin(1, pin());
    const key = await edge.generate({ containerIndex: 1, keyType: p256, usage: 'signature', pinId: 3 });
    const hash = await digest('SHA-256', message);
    await edge.verifyPin(3, pin());
    expect(edge.authenticated & 0b1000).toBe(0b1000);
    expect(verify('sha256', message, node(key), ecdsaRawToDer('P-256', await edge.ecdsaSign(1, hash)))).toBe(true);
    expect(edge.authenticated & 0b1010).toBe(0b0010);
    await expect(edge.ecdsaSign(1, hash)).rejects.toMatchObject({ reason: 'not-authenticated' });
    await edge.verifyPin(3, pin());
    await edge.ecdsaSign(1, hash);
  });

  it('9E is everyone’s: no PIN', async () => {
    const { edge } = await bench(profile);
    const key = await edge.generate({ containerIndex: 3, keyType: p256, usage: 'signature', pinId: 0 });
    expect(verify('sha256', message, node(key), ecdsaRawToDer('P-256', await edge.ecdsaSign(3, await digest('SHA-256', message))))).toBe(true);
  });

  it('PIN life: wrong, blocked, unblocked by the PUK, changed', async () => {
    const { edge } = await bench(profile);
    const before = (await edge.pinStatus(1)).retriesLeft ?? 0;
    expect(before).toBeGreaterThanOrEqual(3);
    await expect(edge.verifyPin(1, fromHex('313131313131'))).rejects.toMatchObject({ reason: 'wrong-pin', retriesLeft: before - 1 });
    expect(edge.authenticated).toBe(0);
    await edge.verifyPin(1, pin());
    expect((await edge.pinStatus(1)).verified).toBe(true);
    await edge.changePin(1, pin(), fromHex('363534333231'));
    // YubiKeys have forgotten it, plain cards have not: neither is relied upon.
    expect(edge.authenticated).toBe(0);
    await expect(edge.verifyPin(3, pin())).rejects.toMatchObject({ reason: 'wrong-pin' });
    for (let left = before - 1; left > 1; left--) await expect(edge.verifyPin(1, pin())).rejects.toMatchObject({ retriesLeft: left - 1 });
    await expect(edge.verifyPin(1, pin())).rejects.toMatchObject({
      reason: expect.stringMatching(/wrong-pin|pin-blocked/) as string,
      retriesLeft: 0,
    });
    await expect(edge.verifyPin(1, fromHex('363534333231'))).rejects.toMatchObject({ reason: 'pin-blocked', retriesLeft: 0 });
    await edge.changePin(4, fromHex('3132333435363738'), fromHex('3837363534333231'));
    await expect(edge.unblockPin(4, fromHex('3132333435363738'), 1, pin())).rejects.toMatchObject({ reason: 'wrong-pin' });
    await edge.unblockPin(4, fromHex('3837363534333231'), 1, pin());
    await edge.verifyPin(1, pin());
  });

  it('refuses on the host what can’t be a PIN, without an exchange', async () => {
    const { edge, card } = await bench(profile);
    card.clear();
    await expect(edge.verifyPin(1, fromHex('3132333435'))).rejects.toMatchObject({ reason: 'bad-pin-length' });
    await expect(edge.verifyPin(1, fromHex('313233343536373839'))).rejects.toMatchObject({ reason: 'bad-pin-length' });
    await expect(edge.verifyPin(1, fromHex('3132333435ff'))).rejects.toMatchObject({ layer: 'card-edge' });
    await expect(edge.unblockPin(4, fromHex('31'), 1, pin())).rejects.toMatchObject({ reason: 'bad-pin-length' });
    await expect(edge.verifyPin(4, pin())).rejects.toMatchObject({ reason: 'unsupported' });
    expect(card.log).toHaveLength(0);
  });

  it('management key: absent, wrong, challenge-response by the caller', async () => {
    const none = await bench(profile, {}, () => undefined);
    await none.edge.verifyPin(1, pin());
    const request = { containerIndex: 0, keyType: p256, usage: 'signature', pinId: 1 } as const;
    await expect(none.edge.generate(request)).rejects.toMatchObject({ reason: 'no-management-key' });
    const wrong = await bench(profile, {}, () => typedManagementKey(fromHex(FACTORY_KEY.replace('0807', '0907').replace(/08$/, '18'))));
    await wrong.edge.verifyPin(1, pin());
    await expect(wrong.edge.generate(request)).rejects.toMatchObject({ reason: 'management-key-refused' });

    await expect(none.edge.respond(2, new Uint8Array(8))).rejects.toMatchObject({ reason: 'no-challenge' });
    const challenge = await none.edge.challenge(2);
    await expect(none.edge.respond(2, new Uint8Array(challenge.length))).rejects.toMatchObject({ reason: 'wrong-pin' });
    expect(none.edge.authenticated & 0b100).toBe(0);
    const algorithm = profile === 'yubikey-5.7' ? 'AES-192' : '3DES';
    const response = await typedManagementKey(fromHex(FACTORY_KEY)).external(await none.edge.challenge(2), algorithm);
    await none.edge.respond(2, response);
    expect(none.edge.authenticated & 0b100).toBe(0b100);
    await none.edge.generate(request);
    await none.edge.deauthenticate(0b100);
    expect(none.edge.authenticated).toBe(0);
    await expect(none.edge.generate(request)).rejects.toMatchObject({ reason: 'no-management-key' });
  });

  it('large certificates: compressed when they do not fit, refused before anything is sent when even that is too much', async () => {
    const { edge, card } = await bench(profile);
    await edge.verifyPin(1, pin());
    const key = await edge.generate({ containerIndex: 0, keyType: p256, usage: 'signature', pinId: 1 });
    const limit = edge.capabilities.maxCertificateBytes;
    const der = testCertificate(key, { filling: new Uint8Array(limit + 500).fill(0x41) });
    expect(der.length).toBeGreaterThan(limit);
    await edge.writeCertificate(0, der);
    card.interrupted = true;
    await edge.attach(card);
    expect(toHex((await edge.readCertificate(0)) ?? bytes(0))).toBe(toHex(der));
    card.clear();
    const noise = testCertificate(key, { filling: crypto.getRandomValues(new Uint8Array(limit + 500)) });
    await expect(edge.writeCertificate(0, noise)).rejects.toMatchObject({ reason: 'too-large' });
    await expect(edge.writeCertificate(0, fromHex('0102'))).rejects.toMatchObject({ reason: 'bad-parameter' });
    expect(card.log).toHaveLength(0);
    await edge.verifyPin(1, pin());
    await edge.writeCertificate(0, undefined);
    expect(await edge.readCertificate(0)).toBeUndefined();
  });

  it('provision writes CHUID and CCC once; identity and names follow', async () => {
    const { edge, card } = await bench(profile);
    const written = await edge.provision();
    expect(written).toEqual(profile === 'nist' ? [] : ['CHUID', 'CCC']);
    expect(await edge.provision()).toEqual([]);
    const { cardId } = await edge.identity();
    expect(cardId.some((octet) => octet !== 0)).toBe(true);
    const name = await edge.containerName(0);
    expect(name).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{6}5fc105$/);
    card.interrupted = true;
    await edge.attach(card);
    expect(await edge.containerName(0)).toBe(name);
    expect(await edge.containerName(1)).toMatch(/5fc10a$/);
  });

  it('de-authenticates: the card itself no longer takes part', async () => {
    const { edge, card } = await bench(profile);
    await edge.verifyPin(1, pin());
    await edge.generate({ containerIndex: 2, keyType: p256, usage: 'key-exchange', pinId: 1 });
    await edge.deauthenticate(0b10);
    card.clear();
    await expect(edge.ecdsaSign(2, new Uint8Array(32).fill(1))).rejects.toMatchObject({ reason: 'not-authenticated' });
    expect(card.instructions()).toMatch(/87$/);
    await edge.deauthenticate(0b10);
  });

  it('inspects without a PIN, without a write', async () => {
    const { edge, card } = await bench(profile);
    await edge.verifyPin(1, pin());
    const key = await edge.generate({ containerIndex: 0, keyType: p256, usage: 'signature', pinId: 1 });
    await edge.writeCertificate(0, testCertificate(key, { notAfter: '210101000000Z' }));
    const other = await edge.generate({ containerIndex: 2, keyType: p256, usage: 'key-exchange', pinId: 1 });
    await edge.writeCertificate(2, testCertificate(key));
    await edge.generate({ containerIndex: 3, keyType: p256, usage: 'signature', pinId: 0 });
    expect(other).not.toEqual(key);
    await edge.deauthenticate(0b10);
    card.interrupted = profile !== 'nist';
    await edge.attach(card);
    card.clear();
    const report = await edge.inspect();
    const codes = report.findings.map((finding) => `${finding.code}${finding.place === undefined ? '' : ` ${finding.place}`}`);
    expect(codes).toEqual(
      expect.arrayContaining(['certificate-expired PIV 9A', 'certificate-of-another-key PIV 9D', 'key-without-certificate PIV 9E']),
    );
    if (profile !== 'nist') expect(codes).toEqual(expect.arrayContaining(['missing-chuid', 'default-pin', 'default-puk', 'default-management-key']));
    // The empty VERIFY is the one probe of the tries; nothing else goes to the card but reading.
    for (const { command } of card.log) expect(command).toMatch(/^00(a4|fd|cb|f7|f8|c0)|^00200080(00)?$/);
    expect(report.objects.find((object) => object.tag === '5FC105')).toMatchObject({ present: true });
    expect(report.applet[0]?.name).toBe('Card');
  });
});

describe('management algorithms', () => {
  it.each([
    ['nist', 0x03, FACTORY_KEY],
    ['nist', 0x08, undefined],
    ['nist', 0x0a, undefined],
    ['nist', 0x0c, undefined],
    ['yubikey-5.4', undefined, FACTORY_KEY],
    ['yubikey-5.7', undefined, FACTORY_KEY],
  ] as const)('%s with algorithm %s is found out', async (profile, managementAlgorithm, _key) => {
    const seen: string[] = [];
    const spy: ManagementKeyProvider = {
      async external(_challenge, algorithm) {
        seen.push(algorithm);
        throw new Error('far away');
      },
    };
    const { edge } = await bench(profile, managementAlgorithm === undefined ? {} : { managementAlgorithm }, () => spy);
    await expect(edge.generate({ containerIndex: 0, keyType: p256, usage: 'signature', pinId: 1 })).rejects.toMatchObject({
      reason: 'management-key-refused',
    });
    const names = { 0x03: '3DES', 0x08: 'AES-128', 0x0a: 'AES-192', 0x0c: 'AES-256' } as const;
    expect(seen).toEqual([managementAlgorithm === undefined ? (profile === 'yubikey-5.4' ? '3DES' : 'AES-192') : names[managementAlgorithm]]);
  });

  it('changes the management key to AES-256 and back to AES-192 by challenge and response', async () => {
    let current = FACTORY_KEY;
    const { edge } = await bench('yubikey-5.7', {}, () => typedManagementKey(fromHex(current)));
    const next = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';
    const response = await typedManagementKey(fromHex(current)).external(await edge.challenge(2), 'AES-192');
    await edge.changePin(2, response, fromHex(next));
    current = next;
    await edge.deauthenticate(0b100);
    await edge.generate({ containerIndex: 0, keyType: p256, usage: 'signature', pinId: 1 });
    await edge.deauthenticate(0b100);
    const back = await typedManagementKey(fromHex(next)).external(await edge.challenge(2), 'AES-256');
    await edge.changePin(2, back, fromHex(FACTORY_KEY));
    current = FACTORY_KEY;
    await edge.deauthenticate(0b110);
    await edge.generate({ containerIndex: 0, keyType: p256, usage: 'signature', pinId: 1 });
  });
});
