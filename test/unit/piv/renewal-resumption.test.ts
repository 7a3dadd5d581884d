import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Bytes, bytes, concat, copy } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { systemRandom } from '../../../src/codec/random.ts';
import { writeTlv } from '../../../src/codec/tlv.ts';
import { type PublicKey, samePublicKey } from '../../../src/crypto/public-key.ts';
import { openPivEdgeWith } from '../../../src/piv/card-edge.ts';
import type { PivEdge } from '../../../src/piv/card-edge/edge.ts';
import { buildContainerMap, parseContainerMap } from '../../../src/piv/container-map.ts';
import { generateCurve25519 } from '../../../src/piv/curve25519.ts';
import { getData, putData } from '../../../src/piv/data-objects.ts';
import { authenticateManagement, typedManagementKey } from '../../../src/piv/management.ts';
import { PivSession } from '../../../src/piv/session.ts';
import { type CardDefect, createPivCard, type PivProfileName } from '../../../src/simulator/card/index.ts';
import { testCertificate } from './test-certificate.ts';
import { type CardTerminal, terminal } from './transactions.ts';

const key = () => typedManagementKey(fromHex('010203040506070801020304050607080102030405060708'));
const p256 = { kind: 'ec', curve: 'P-256' } as const;
const p384 = { kind: 'ec', curve: 'P-384' } as const;
const GARBAGE = fromHex('70023102710100fe00');
/** Containers: 9A, 9D, and the first retired ones. */
const [SIGN, DECRYPT, FIRST, SECOND] = [0, 2, 4, 5];

interface Bench {
  readonly card: CardTerminal;
  readonly edge: PivEdge;
  readonly generate: (containerIndex: number) => Promise<PublicKey>;
  /** Written by another session; the edge is told. */
  readonly write: (tag: number, content: Bytes) => Promise<void>;
  readonly read: (tag: number) => Promise<Bytes | undefined>;
}

async function bench(profile: PivProfileName = 'yubikey-5.7', defects: readonly CardDefect[] = []): Promise<Bench> {
  const card = terminal(createPivCard({ profile, defects }));
  const edge = await openPivEdgeWith(card, { atr: copy(card.atr), random: systemRandom, today: () => new Date(), managementKey: key });
  const piv = await PivSession.open(card);
  await edge.verifyPin(1, fromHex('313233343536'));
  return {
    card,
    edge,
    generate: (containerIndex) =>
      edge.generate({ containerIndex, keyType: p256, usage: containerIndex === SIGN ? 'signature' : 'key-exchange', pinId: 1 }),
    async write(tag, content) {
      await authenticateManagement(piv, key());
      await putData(piv, tag, content);
      edge.forget();
    },
    read: (tag) => getData(piv, tag),
  };
}

async function importP256(edge: PivEdge, containerIndex: number): Promise<PublicKey> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { d, x, y } = privateKey.export({ format: 'jwk' });
  const octets = (text: string | undefined): Bytes => copy(Buffer.from(text ?? '', 'base64url'));
  const point = concat(bytes([4]), octets(x), octets(y));
  const usage = containerIndex === SIGN ? 'signature' : 'key-exchange';
  await edge.importKey({ containerIndex, keyType: p256, usage, pinId: 1 }, { kind: 'ec', curve: 'P-256', point, d: octets(d) });
  return { kind: 'ec', curve: 'P-256', point };
}

/** Index of the container with this key. */
async function placeOf(edge: PivEdge, wanted: PublicKey): Promise<number | undefined> {
  edge.forget();
  return (await edge.containers()).find(({ publicKey }) => publicKey !== undefined && samePublicKey(publicKey, wanted))?.index;
}

describe('a renewal hands out a key that stands there only where it can be its own', () => {
  it.each([
    { name: 'another type', request: { keyType: p384 }, same: false },
    { name: 'another touch policy', request: { keyType: p256, policy: { touch: 'cached' } }, same: false },
    { name: 'another PIN policy', request: { keyType: p256, policy: { pin: 'always' } }, same: false },
    { name: 'what was asked then', request: { keyType: p256 }, same: true },
    { name: 'the same, with the policy of the slot named', request: { keyType: p256, policy: { pin: 'once', touch: 'never' } }, same: true },
  ] as const)('$name', async ({ request, same }) => {
    const { edge } = await bench();
    const first = await edge.prepareRenewal(SIGN, { keyType: p256 });
    const second = await edge.prepareRenewal(SIGN, request);
    expect([samePublicKey(second.publicKey, first.publicKey), second.resumed]).toEqual([same, same]);
    expect(second.publicKey).toMatchObject(request.keyType);
    expect((await edge.container(SIGN))?.publicKey).toEqual(second.publicKey);
  });

  it('an imported key is none', async () => {
    const { edge } = await bench();
    const imported = await importP256(edge, SIGN);
    expect(await edge.renewalState(SIGN)).toEqual({ step: 'idle' });
    const { publicKey, resumed } = await edge.prepareRenewal(SIGN, { keyType: p256 });
    expect([samePublicKey(publicKey, imported), resumed]).toEqual([false, false]);
  });

  it('a signing key beside the certificate of the one before is its own', async () => {
    const { edge, generate } = await bench();
    await edge.writeCertificate(SIGN, testCertificate(await generate(SIGN)));
    const first = await edge.prepareRenewal(SIGN, { keyType: p256 });
    expect(await edge.prepareRenewal(SIGN, { keyType: p256 })).toEqual({ ...first, resumed: true });
  });
});

describe('an old decryption key is never lost', () => {
  it.each(['generated', 'imported'])('%s, beside the certificate of another key', async (origin) => {
    const { edge, generate, read } = await bench();
    const other = await generate(FIRST);
    const old = origin === 'generated' ? await generate(DECRYPT) : await importP256(edge, DECRYPT);
    await edge.writeCertificate(DECRYPT, testCertificate(other));
    const { publicKey, retiredKey, resumed } = await edge.prepareRenewal(DECRYPT, { keyType: p256 });
    expect([samePublicKey(publicKey, old), retiredKey, resumed]).toEqual([false, 0x83, false]);
    expect(await placeOf(edge, old)).toBe(SECOND);
    expect(await placeOf(edge, other)).toBe(FIRST);
    // The certificate was not its own.
    expect(await read(0x5fc10e)).toBeUndefined();
    await edge.finishRenewal(DECRYPT, testCertificate(publicKey));
    expect(await edge.renewalState(DECRYPT)).toEqual({ step: 'idle' });
  });

  it('imported, where a retired place has the other key and its certificate', async () => {
    const { edge, generate } = await bench();
    const certificate = testCertificate(await generate(FIRST));
    await edge.writeCertificate(FIRST, certificate);
    const old = await importP256(edge, DECRYPT);
    await edge.writeCertificate(DECRYPT, certificate);
    expect((await edge.prepareRenewal(DECRYPT, { keyType: p256 })).retiredKey).toBe(0x83);
    expect(await placeOf(edge, old)).toBe(SECOND);
  });

  it('without any certificate, and another type is asked for', async () => {
    const { edge, generate } = await bench();
    const old = await generate(DECRYPT);
    expect(await edge.prepareRenewal(DECRYPT, { keyType: p384 })).toMatchObject({ retiredKey: 0x82, publicKey: p384 });
    expect(await placeOf(edge, old)).toBe(FIRST);
  });

  it('a second request of another type keeps what the first made, and tells where the old key is', async () => {
    const { edge, generate } = await bench();
    const old = await generate(DECRYPT);
    await edge.writeCertificate(DECRYPT, testCertificate(old));
    const first = await edge.prepareRenewal(DECRYPT, { keyType: p256 });
    expect((await edge.prepareRenewal(DECRYPT, { keyType: p256 })).publicKey).toEqual(first.publicKey);
    expect(await edge.prepareRenewal(DECRYPT, { keyType: p384 })).toMatchObject({ retiredKey: 0x82, publicKey: p384, resumed: false });
    expect([await placeOf(edge, old), await placeOf(edge, first.publicKey)]).toEqual([FIRST, SECOND]);
  });

  it('places that belong to keys with their certificates elsewhere are refused before anything is changed', async () => {
    const { card, edge, generate, write } = await bench();
    await edge.writeCertificate(DECRYPT, testCertificate(await generate(DECRYPT)));
    const url = writeTlv(0xf3, copy(new TextEncoder().encode(`http://a.test/${'0'.repeat(64)}`)));
    await write(0x5fc10c, concat(writeTlv(0xc1, bytes([0])), writeTlv(0xc2, bytes([20])), url, writeTlv(0xfe)));
    card.clear();
    await expect(edge.prepareRenewal(DECRYPT, { keyType: p256 })).rejects.toMatchObject({ reason: 'bad-parameter' });
    expect(card.instructions()).not.toMatch(/db|f6|47/);
  });
});

describe('objects that are no certificates do not stop a renewal', () => {
  it('in a retired place', async () => {
    const { edge, generate, write } = await bench();
    const old = await generate(DECRYPT);
    await edge.writeCertificate(DECRYPT, testCertificate(old));
    for (const tag of [0x5fc10d, 0x5fc120]) await write(tag, GARBAGE);
    // The first place is in use, by whatever it is.
    expect((await edge.prepareRenewal(DECRYPT, { keyType: p256 })).retiredKey).toBe(0x83);
    expect(await placeOf(edge, old)).toBe(SECOND);
  });

  it.each([toHex(GARBAGE), '700430020500710100fe00'])('in the slot itself: %s', async (content) => {
    const { edge, generate, write } = await bench();
    const [signing, decrypting] = [await generate(SIGN), await generate(DECRYPT)];
    await write(0x5fc105, fromHex(content));
    await write(0x5fc10b, fromHex(content));
    expect(samePublicKey((await edge.prepareRenewal(SIGN, { keyType: p256 })).publicKey, signing)).toBe(false);
    expect((await edge.prepareRenewal(DECRYPT, { keyType: p256 })).retiredKey).toBe(0x82);
    expect(await placeOf(edge, decrypting)).toBe(FIRST);
  });
});

describe('what the edge knows of a renewed key', () => {
  it.each(['nist', 'yubikey-4'] as const)('%s tells nothing of its keys: the new one is known, and signs', async (profile) => {
    const { edge, generate } = await bench(profile);
    await edge.writeCertificate(SIGN, testCertificate(await generate(SIGN)));
    await edge.containers();
    const { publicKey } = await edge.prepareRenewal(SIGN, { keyType: p384 });
    expect((await edge.container(SIGN))?.publicKey).toEqual(publicKey);
    expect(await edge.ecdsaSign(SIGN, new Uint8Array(48).fill(7))).toHaveLength(96);
    await expect(edge.finishRenewal(SIGN, bytes([0]))).rejects.toMatchObject({ reason: 'bad-parameter' });
    expect((await edge.container(SIGN))?.publicKey).toEqual(publicKey);
    const certificate = testCertificate(publicKey);
    await edge.finishRenewal(SIGN, certificate);
    expect(await edge.readCertificate(SIGN)).toEqual(certificate);
  });

  it('the container map follows: kind and size of the key with the fingerprint, and no record without a key', async () => {
    const { edge, write, read } = await bench();
    const made = await edge.generate({ containerIndex: SIGN, keyType: { kind: 'rsa', keyBits: 2048 }, usage: 'key-exchange', pinId: 1 });
    await edge.writeCertificate(SIGN, testCertificate(made));
    const record = { name: 'mine', slot: 0x9a, keySpec: 1, keyBits: 2048, flags: 3, pinId: 1, associated: 0, fingerprint: bytes(20) };
    await write(0x5fff10, buildContainerMap([record, { ...record, name: 'other', slot: 0x9c }]));
    const { publicKey } = await edge.prepareRenewal(SIGN, { keyType: p256 });
    expect(await edge.container(SIGN)).toMatchObject({ usage: 'signature', storedName: 'mine' });
    await edge.finishRenewal(SIGN, testCertificate(publicKey));
    const records = parseContainerMap((await read(0x5fff10))!);
    expect(records[0]).toMatchObject({ name: 'mine', keySpec: 3, keyBits: 256, flags: 3, pinId: 1 });
    expect(toHex(records[0]!.fingerprint)).not.toBe('00'.repeat(20));
    await edge.deleteKey(SIGN);
    expect(parseContainerMap((await read(0x5fff10))!).map(({ name }) => name)).toEqual(['other']);
  });

  it('a key that only signs is renewed without a look at the retired places', async () => {
    const { card, edge, generate } = await bench('yubikey-5.4');
    await edge.writeCertificate(SIGN, testCertificate(await generate(SIGN)));
    edge.forget();
    card.clear();
    await edge.prepareRenewal(SIGN, { keyType: p256 });
    // Metadata of the key, its certificate, GENERATE.
    expect(card.instructions()).toBe('f7 cb 47');
  });
});

describe('a card that tells of its keys by halves', () => {
  it('a key whose metadata name an unknown algorithm is known by its attestation: the renewal is taken up, no place is used twice', async () => {
    const { card, edge, generate } = await bench('yubikey-5.7', ['metadata-by-halves']);
    const old = await generate(DECRYPT);
    await edge.writeCertificate(DECRYPT, testCertificate(old));
    const first = await edge.prepareRenewal(DECRYPT, { keyType: p256 });
    expect(first).toMatchObject({ retiredKey: 0x82, resumed: false });
    expect(await edge.prepareRenewal(DECRYPT, { keyType: p256 })).toEqual({ ...first, resumed: true });
    // As if connected anew.
    const later = await openPivEdgeWith(card, { atr: copy(card.atr), random: systemRandom, today: () => new Date(), managementKey: key });
    await later.verifyPin(1, fromHex('313233343536'));
    expect(await later.prepareRenewal(DECRYPT, { keyType: p256 })).toEqual({ ...first, resumed: true });
    await expect(later.finishRenewal(DECRYPT, testCertificate(old))).rejects.toMatchObject({ reason: 'bad-parameter' });
    await later.finishRenewal(DECRYPT, testCertificate(first.publicKey));
    expect((await later.inspectPiv()).findings.map(({ code }) => code)).not.toContain('certificate-of-another-key');
  });

  it('an imported one is known by nothing: it is not retired beside a certificate that may be another key’s, and nothing is sent', async () => {
    const { card, edge } = await bench('yubikey-5.7', ['metadata-by-halves']);
    const old = await importP256(edge, DECRYPT);
    await edge.writeCertificate(DECRYPT, testCertificate(old));
    card.clear();
    await expect(edge.prepareRenewal(DECRYPT, { keyType: p256 })).rejects.toMatchObject({ reason: 'unsupported' });
    expect(card.instructions()).not.toMatch(/db|f6|47/);
    // Without a certificate there is nothing to confuse: the key is kept.
    await edge.writeCertificate(DECRYPT, undefined);
    expect((await edge.prepareRenewal(DECRYPT, { keyType: p256 })).retiredKey).toBe(0x82);
  });
});

it('an X25519 key beside the certificate of the key before it is kept, and the certificate is not copied', async () => {
  const { card, edge, generate, write, read } = await bench();
  const certificate = testCertificate(await generate(DECRYPT));
  await edge.writeCertificate(DECRYPT, certificate);
  const piv = await PivSession.open(card);
  await authenticateManagement(piv, key());
  await generateCurve25519(piv, 0x9d, 'X25519');
  await write(0x5fc109, bytes(0));
  await edge.verifyPin(1, fromHex('313233343536'));
  const first = await edge.prepareRenewal(DECRYPT, { keyType: p256 });
  expect(first).toMatchObject({ retiredKey: 0x82, resumed: false });
  expect(await read(0x5fc10d)).toBeUndefined();
  expect((await edge.inspectPiv()).findings.map(({ code, place }) => `${code} ${place ?? ''}`)).not.toContain('certificate-of-another-key PIV 82');
});

it('what the container map says of a retired place goes with the key that was there', async () => {
  const { edge, generate, write, read } = await bench();
  await edge.writeCertificate(DECRYPT, testCertificate(await generate(DECRYPT)));
  const record = { name: 'stale', slot: 0x82, keySpec: 1, keyBits: 2048, flags: 1, pinId: 1, associated: 0, fingerprint: bytes(20) };
  await write(0x5fff10, buildContainerMap([record, { ...record, name: 'mine', slot: 0x9d }]));
  await edge.prepareRenewal(DECRYPT, { keyType: p256 });
  expect(parseContainerMap((await read(0x5fff10))!).map(({ name }) => name)).toEqual(['mine']);
});

it.each(['nist', 'yubikey-4'] as const)('%s: the certificate of the old key is not taken for that of the new one', async (profile) => {
  const { edge, generate } = await bench(profile);
  const old = await generate(SIGN);
  await edge.writeCertificate(SIGN, testCertificate(old));
  const { publicKey } = await edge.prepareRenewal(SIGN, { keyType: p256 });
  await expect(edge.finishRenewal(SIGN, testCertificate(old))).rejects.toMatchObject({ reason: 'bad-parameter' });
  await edge.finishRenewal(SIGN, testCertificate(publicKey));
});
