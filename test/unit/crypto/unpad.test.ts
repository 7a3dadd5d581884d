import { constants, createPrivateKey, type KeyObject, privateDecrypt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type Bytes, concat, copy } from '../../../src/codec/bytes.ts';
import { fromHex, toHex } from '../../../src/codec/hex.ts';
import { CryptoError } from '../../../src/crypto/errors.ts';
import { oaepUnpad, pkcs1Unpad } from '../../../src/crypto/unpad.ts';
import { corporaAbsent } from '../../corpora.ts';
import { counted } from '../../vectors/crypto-corpus.ts';
import { anyHash } from './other-hashes.ts';
import { text, wycheproof } from './wycheproof.ts';

/** The raw private operation; OpenSSL is the oracle, undefined where the ciphertext is out of range. */
function raw(key: KeyObject, ciphertext: Bytes): Bytes | undefined {
  try {
    return copy(privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, ciphertext));
  } catch {
    return undefined;
  }
}

async function outcome(body: () => Bytes | Promise<Bytes>): Promise<string> {
  try {
    return toHex(await body());
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    return `${error.reason}: ${error.message}`;
  }
}

const refused = 'bad-padding: the decrypted block is not correctly padded';

describe('PKCS#1 v1.5 unpadding', () => {
  test.skipIf(corporaAbsent !== undefined).each([2048, 3072, 4096])('Wycheproof, %i bits', async (bits) => {
    let valid = 0;
    let invalid = 0;
    for (const group of wycheproof(`rsa_pkcs1_${bits}_test.json`)) {
      const key = createPrivateKey(text(group, 'privateKeyPem'));
      for (const v of group.tests) {
        const block = raw(key, fromHex(text(v, 'ct')));
        if (block === undefined) {
          expect(v.result).toBe('invalid');
          continue;
        }
        expect(await outcome(() => pkcs1Unpad(block)), `test ${v.tcId}`).toBe(v.result === 'valid' ? text(v, 'msg') : refused);
        if (v.result === 'valid') valid++;
        else invalid++;
        expect(block.every((octet) => octet === 0)).toBe(true);
      }
    }
    counted(`rsa_pkcs1_${bits}`, { 'valid accepted': valid, 'invalid refused': invalid });
    expect(valid).toBeGreaterThan(5);
    expect(invalid).toBeGreaterThan(5);
  });

  it('any message comes back; any octet of the head that differs is refused in the same words', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 117 }),
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 1, max: 255 }),
        async (message, at, flip) => {
          const good = concat(fromHex('0002'), new Uint8Array(128 - 3 - message.length).fill(0xaa), new Uint8Array(1), message);
          expect(await outcome(() => pkcs1Unpad(copy(good)))).toBe(toHex(message));
          const bad = copy(good);
          bad[at] = at < 2 ? (bad[at] ?? 0) ^ flip : 0;
          if (at >= 2 && at >= 127 - message.length) return;
          expect(await outcome(() => pkcs1Unpad(bad))).toBe(refused);
        },
      ),
    );
    expect(await outcome(() => pkcs1Unpad(concat(fromHex('0002'), new Uint8Array(126).fill(1))))).toBe(refused);
    expect(await outcome(() => pkcs1Unpad(new Uint8Array(0)))).toBe(refused);
  });
});

describe('implicit rejection', () => {
  /* Random ciphertexts of one 1024-bit key, decrypted by OpenSSL 4.0.0 14 Apr 2026: a synthetic message for each. The secret is SHA-256 of d. */
  const secret = fromHex('85442d7a0697c726fac6b8d83d47924be1761d8308ed0ff46a0346e948347611');
  const vectors = [
    {
      ciphertext:
        '00ab5840335fdd9dcf85b93bbf547bb9f88279a22ed7e29144e65bd3fa2eab835530a372e3cb8305dfcab19bac657252200aabcc6e066d6415a6df40eb06edbe' +
        '659450bd7bbbac33ff30eb36aca8c1091249e024d6b7bb8516e48b8eb4f97569315b234c8c1bc7f186b0538413d296c6395e3bef555c551f36790f01313538bb',
      block:
        '104c98790464cd1b5b50329efb4e74a8ed281db0e33d1ab18eb4d9789aadf2b8d4ed6f290463f3b924d4dd2e69f4c2bea250ab1d80ba776a6d413b20e0f6b3d0' +
        'fcdfad992d5818bfa094954ed7be4fa5a41a222386000fbaf33c94618650c157a6032fe699ab1a788643d3fcd86508ba5a18c06f14dae962a6faf232f47fb039',
      message: 'ee2be33e7d8f275864e6d7410a39d6544e92bfd2aadf4461d9cdea82387e3a',
    },
    {
      ciphertext:
        '007eadb1728132d058f2d7d7046471580b7099f6a94df18da8f8663ad9c1454dabb7057bfe9bb6c845a5a96a2ec337e2a07d1d34bf5332be5e4bd6ab4ceeceec' +
        '201a7662ad9341f6d0c22c7336996200ad2a6bfbf459618cc7c6b0da9d1fe2e342a003c4bf6387ef804d62d58deab32085c7248ff106298e0538ee8266ed7a1a',
      block:
        'b90610d3865e46aa94f0a9ee91e2f0ec305154474c1b76f81a931babf93dcbf121c06a41d9ff2e57f800055a1f53b9c8e337a4e00bb4856b707a8c500bd875c6' +
        '72ab927a5f80aa01dc3be7475e56acd75f35b80a2ce706c6ed4a6cd4c64a7abbe475976df21b5a3d4f5a58ba7897359ce1b6926b9bfc51cfd395ab4ffa2ca9e2',
      message: 'd4b90fc3152e0f49a6',
    },
    {
      ciphertext:
        '00c02f3cba63895075a2516df42337c71e463cd332ab6997fbaf08b977c0219c220fa2664b6c6c14b2a06d5117ddcc5ab7144fdfd87dd4b80bee59375d7fcfe1' +
        '2a83b30a8eef16fbec7dd6175a16834340dc6c2fc90e59feb9578721f91bf2b643cac8ba68a32d6f01dc39f60bf5eb0eb1ebb0e428076e78204dec683922b453',
      block:
        '0d934ccdd638331604fdbbc973cae87549e0e060fa0ea8a99ef4d7ba62057d5b0951fe1216385930758249679cff056f024fcbed2e3a1d94735509a5657e4944' +
        '993fdf615f651f1fa4279f732a53192076f33a3b0ee88b3a56f891c2a0fe0d318796ce775290401a171f7e515684945835dcac4df63a20235a025ef91f3b783c',
      message: 'ada6df77a565cdb7373692e1207f3b4675cd45f4e314ddeae4f81260d6f0d822fc665c08fe49bee4e41d008a77ed7bc12c',
    },
    {
      ciphertext:
        '00e54d7b276ff1a37e5e7944a806c207ae81228a3d7406d11243d462f73e461c3839ff47b0168b1dba91b73a671137ebe8ab63ac2ac2666501b4649ee6adc28e' +
        '99d3b9b1474114268b76c0aaf344bf23ff7061e1cf4dbb5c6010f73a57e1c0c34672b57da267b67ad987da42c5d7c367995258d3f820027a5add0f3e69516103',
      block:
        '9d24d1a5957e44463419e0e84ebbac7ca54085a940f7e5957745f54e35b3521c5aefb1c7f6e5ea585382365db4fff690dd7754c9ebb5d849eca6ccbb8b9847a6' +
        '4764fd96ee85f3bd2480603ea2e42dec197235c6bee1e7db9ec4e5bed3903c94d7c2aa42b9cd5db6bea09289060c37f03446ade07e005fe291a275c28aadbdc0',
      message: '3a02ec0e19ddde6c',
    },
  ];

  it('gives what OpenSSL gives for blocks that are badly padded', async () => {
    for (const { ciphertext, block, message } of vectors) {
      const implicitRejection = { secret, ciphertext: fromHex(ciphertext) };
      expect(await outcome(() => pkcs1Unpad(fromHex(block), { implicitRejection }))).toBe(message);
      expect(await outcome(() => pkcs1Unpad(fromHex(block)))).toBe(refused);
      // Another secret or ciphertext, another message.
      const other = { secret: secret.map((octet) => octet ^ 1), ciphertext: fromHex(ciphertext) };
      expect(await outcome(() => pkcs1Unpad(fromHex(block), { implicitRejection: other }))).not.toBe(message);
    }
  });

  it('leaves good blocks alone, and is the same for every way of being bad', async () => {
    const implicitRejection = { secret, ciphertext: fromHex(vectors[0]?.ciphertext ?? '') };
    const message = fromHex('00ff');
    const good = concat(fromHex('0002'), new Uint8Array(128 - 3 - message.length).fill(0xaa), new Uint8Array(1), message);
    expect(await outcome(() => pkcs1Unpad(copy(good), { implicitRejection }))).toBe('00ff');
    for (const at of [0, 1, 2, 9, 125]) {
      const bad = copy(good);
      bad[at] = at < 2 ? 7 : 0;
      if (at === 125) bad.fill(1, 2);
      expect(await outcome(() => pkcs1Unpad(bad, { implicitRejection }))).toBe(vectors[0]?.message);
    }
  });
});

describe('OAEP unpadding', () => {
  const files = [
    '2048_sha1_mgf1sha1',
    '2048_sha256_mgf1sha1',
    '2048_sha256_mgf1sha256',
    '2048_sha384_mgf1sha384',
    '2048_sha512_mgf1sha512',
    '3072_sha256_mgf1sha256',
    '3072_sha512_mgf1sha1',
    '3072_sha512_mgf1sha512',
    '4096_sha256_mgf1sha256',
    '4096_sha512_mgf1sha512',
    'misc',
  ];
  test.skipIf(corporaAbsent !== undefined).each(files)('Wycheproof rsa_oaep_%s', async (name) => {
    let valid = 0;
    let invalid = 0;
    for (const group of wycheproof(`rsa_oaep_${name}_test.json`)) {
      const hash = anyHash(text(group, 'sha'));
      const mgfHash = anyHash(text(group, 'mgfSha'));
      const key = createPrivateKey(text(group, 'privateKeyPem'));
      // The core ends at 4096 bits.
      if ((key.asymmetricKeyDetails?.modulusLength ?? 0) > 4096) continue;
      for (const v of group.tests) {
        const block = raw(key, fromHex(text(v, 'ct')));
        if (block === undefined) {
          expect(v.result).toBe('invalid');
          continue;
        }
        const got = await outcome(() => oaepUnpad(block, { hash, mgfHash, label: fromHex(text(v, 'label')) }));
        expect(got, `test ${v.tcId}`).toBe(v.result === 'invalid' ? refused : text(v, 'msg'));
        if (v.result === 'invalid') invalid++;
        else valid++;
      }
    }
    counted(`rsa_oaep_${name}`, { 'valid accepted': valid, 'invalid refused': invalid });
    expect(valid).toBeGreaterThan(4);
    if (name !== 'misc') expect(invalid).toBeGreaterThan(4);
  });

  it('refuses a block too short for the hash', async () => {
    expect(await outcome(() => oaepUnpad(new Uint8Array(128), { hash: 'SHA-512' }))).toBe(refused);
  });
});
