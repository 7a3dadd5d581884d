import { constants, createHash, generateKeyPairSync, type KeyObject, publicEncrypt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Bytes, copy, reversed, toHex } from '../../../../src/codec/index.ts';
import { type CARD_RSA_DECRYPT_INFO, CARD_PADDING_NONE, CARD_PADDING_OAEP, CARD_PADDING_PKCS1 } from '../../../../src/minidriver/index.ts';
import { type FakeOptions, USER_PIN } from '../fake-edge.ts';
import { bench, refusedUnasked } from '../harness.ts';
import { code, failure, NULL } from '../outcomes.ts';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const message = copy(Buffer.from('a session key of a caller'));
const label = copy(Buffer.from('label'));
const pkcs1 = (): Bytes => reversed(copy(publicEncrypt({ key: pair.publicKey, padding: constants.RSA_PKCS1_PADDING }, message)));
const oaep = (oaepHash: string, oaepLabel?: Bytes): Bytes =>
  reversed(
    copy(
      publicEncrypt(
        { key: pair.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash, ...(oaepLabel === undefined ? {} : { oaepLabel }) },
        message,
      ),
    ),
  );

async function withKey(options: FakeOptions = {}, fields: Parameters<typeof bench>[1] = {}, key: KeyObject = pair.privateKey) {
  const made = await bench(options, fields);
  made.edge.put(2, key, 'key-exchange');
  await made.card.CardAuthenticatePin('user', USER_PIN);
  made.edge.exchanges = 0;
  const decrypt = (more: Partial<CARD_RSA_DECRYPT_INFO>): Promise<CARD_RSA_DECRYPT_INFO & { pbData: Bytes }> =>
    (made.card.CardRSADecrypt ?? fail())({
      dwVersion: 2,
      bContainerIndex: 2,
      dwKeySpec: 1,
      pbData: pkcs1(),
      dwPaddingType: CARD_PADDING_PKCS1,
      ...more,
    });
  return { ...made, decrypt };
}

const fail = (): never => {
  throw new Error('no CardRSADecrypt');
};

/** Removal of PKCS #1 by OpenSSL's rules, in plain words of this test's own: natural order in and out. */
const unpadByHand = (block: Bytes): Bytes => {
  const at = block.indexOf(0, 2);
  if (block[0] !== 0 || block[1] !== 2 || at < 10) throw new Error('bad padding');
  return block.slice(at + 1);
};

describe('CardRSADecrypt, positive', () => {
  it('PKCS #1: the message comes back little-endian, in place, its length is cbData', async () => {
    const { decrypt } = await withKey();
    const info = await decrypt({});
    expect(toHex(reversed(info.pbData))).toBe(toHex(message));
  });

  it.each([
    ['SHA1', 'sha1', undefined],
    ['SHA256', 'sha256', undefined],
    ['SHA384', 'sha384', label],
    ['SHA512', 'sha512', label],
  ] as const)('OAEP with %s', async (pszAlgId, hash, pbLabel) => {
    const { decrypt } = await withKey();
    const pPaddingInfo = { pszAlgId, ...(pbLabel === undefined ? {} : { pbLabel }) };
    const info = await decrypt({ pbData: oaep(hash, pbLabel), dwPaddingType: CARD_PADDING_OAEP, pPaddingInfo });
    expect(toHex(reversed(info.pbData))).toBe(toHex(message));
  });

  it('no padding: the raw block, little-endian', async () => {
    const { decrypt } = await withKey();
    const { pbData } = await decrypt({ dwPaddingType: CARD_PADDING_NONE });
    expect(pbData.length).toBe(256);
    expect(toHex(unpadByHand(reversed(pbData)))).toBe(toHex(message));
  });

  it.each([
    [6, 1],
    [6, 2],
    [4, 1],
  ])('a context of version %i with structure version %i gets the raw block', async (dwVersion, structure) => {
    const { decrypt } = await withKey({}, { dwVersion });
    expect(toHex(unpadByHand(reversed((await decrypt({ dwVersion: structure })).pbData)))).toBe(toHex(message));
  });
});

describe('CardRSADecrypt, padding removed by the caller', () => {
  it('positive: the callback gets the raw block and the padding information, its answer comes back little-endian', async () => {
    let seen: CARD_RSA_DECRYPT_INFO | undefined;
    const { decrypt } = await withKey(
      {},
      {
        pfnCspUnpadData: async (info) => {
          seen = { ...info, pbData: copy(info.pbData ?? new Uint8Array(0)) };
          return unpadByHand(info.pbData ?? new Uint8Array(0));
        },
      },
    );
    expect(toHex(reversed((await decrypt({})).pbData))).toBe(toHex(message));
    expect(seen).toMatchObject({ dwVersion: 2, bContainerIndex: 2, dwPaddingType: CARD_PADDING_PKCS1 });
    expect(seen?.pbData?.subarray(0, 2)).toEqual(Uint8Array.of(0, 2));
  });

  it('a hash that only the caller knows is his to remove; raw blocks are not offered to him', async () => {
    let calls = 0;
    const { decrypt } = await withKey(
      {},
      {
        pfnCspUnpadData: () => {
          calls++;
          return message;
        },
      },
    );
    await decrypt({ dwPaddingType: CARD_PADDING_OAEP, pPaddingInfo: { pszAlgId: 'SHA224' } });
    expect(calls).toBe(1);
    await decrypt({ dwPaddingType: CARD_PADDING_NONE });
    expect(calls).toBe(1);
    const alone = await withKey();
    await refusedUnasked(
      alone.edge,
      'SCARD_E_UNSUPPORTED_FEATURE',
      alone.decrypt({ dwPaddingType: CARD_PADDING_OAEP, pPaddingInfo: { pszAlgId: 'SHA224' } }),
    );
  });

  it.each([
    ['a rejection', () => Promise.reject(new Error('bad'))],
    ['nothing', () => undefined as never],
  ])('%s is the same error as our own removal gives', async (_, pfnCspUnpadData) => {
    const ours = await failure(
      (await withKey()).decrypt({ pbData: reversed(copy(Buffer.concat([Buffer.alloc(1), createHash('sha512').digest(), Buffer.alloc(191)]))) }),
    );
    const theirs = await failure((await withKey({}, { pfnCspUnpadData })).decrypt({}));
    expect([theirs.reason, theirs.message, theirs.cause]).toEqual([ours.reason, ours.message, ours.cause]);
    expect(ours.reason).toBe('SCARD_F_INTERNAL_ERROR');
  });
});

describe('CardRSADecrypt on a card that removes padding', () => {
  it('positive: the card is asked for PKCS #1 and OAEP, and for the raw block where that is wanted', async () => {
    const { decrypt } = await withKey({ removesPadding: true });
    expect(toHex(reversed((await decrypt({})).pbData))).toBe(toHex(message));
    const pPaddingInfo = { pszAlgId: 'SHA256', pbLabel: label };
    expect(toHex(reversed((await decrypt({ pbData: oaep('sha256', label), dwPaddingType: CARD_PADDING_OAEP, pPaddingInfo })).pbData))).toBe(
      toHex(message),
    );
    expect((await decrypt({ dwPaddingType: CARD_PADDING_NONE })).pbData.length).toBe(256);
  });

  it('a caller below version 7 gets a padded block made again', async () => {
    const { decrypt } = await withKey({ removesPadding: true }, { dwVersion: 6 });
    const block = reversed((await decrypt({ dwVersion: 1 })).pbData);
    expect(block.length).toBe(256);
    expect(toHex(block.subarray(0, 12))).toBe(`0002${'30'.repeat(10)}`);
    expect(toHex(unpadByHand(block))).toBe(toHex(message));
  });

  it('what the card says of a bad padding is told to nobody', async () => {
    const { decrypt } = await withKey({ removesPadding: true });
    const pPaddingInfo = { pszAlgId: 'SHA256', pbLabel: label };
    const error = await failure(decrypt({ pbData: oaep('sha256'), dwPaddingType: CARD_PADDING_OAEP, pPaddingInfo }));
    expect([error.reason, error.cause]).toEqual(['SCARD_F_INTERNAL_ERROR', undefined]);
  });
});

describe('CardRSADecrypt, negative', () => {
  it('before the card is asked', async () => {
    const { decrypt, edge, card } = await withKey();
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', (card.CardRSADecrypt ?? fail())(NULL));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', decrypt({ pbData: null }));
    await refusedUnasked(edge, 'ERROR_REVISION_MISMATCH', decrypt({ dwVersion: 1 }));
    await refusedUnasked(edge, 'ERROR_REVISION_MISMATCH', decrypt({ dwVersion: 0 }));
    await refusedUnasked(edge, 'ERROR_REVISION_MISMATCH', decrypt({ dwVersion: 3 }));
    for (const dwKeySpec of [0, 2, 6, 99]) await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', decrypt({ dwKeySpec }));
    for (const dwPaddingType of [0, 3, 4, 99]) await refusedUnasked(edge, 'SCARD_E_UNSUPPORTED_FEATURE', decrypt({ dwPaddingType }));
    await refusedUnasked(edge, 'SCARD_E_INVALID_PARAMETER', decrypt({ dwPaddingType: CARD_PADDING_OAEP, pPaddingInfo: null }));
    await refusedUnasked(edge, 'SCARD_E_NO_KEY_CONTAINER', decrypt({ bContainerIndex: 8 }));
  });

  it('lengths, empty containers, authentication, memory', async () => {
    const { decrypt, card } = await withKey();
    expect(await code(decrypt({ pbData: new Uint8Array(255) }))).toBe('SCARD_E_INSUFFICIENT_BUFFER');
    expect(await code(decrypt({ pbData: new Uint8Array(257) }))).toBe('SCARD_E_INVALID_PARAMETER');
    expect(await code(decrypt({ bContainerIndex: 4 }))).toBe('SCARD_E_NO_KEY_CONTAINER');
    await card.CardDeauthenticateEx(0xff, 0);
    expect(await code(decrypt({}))).toBe('SCARD_W_SECURITY_VIOLATION');
    const poor = await withKey({}, { pfnCspAlloc: () => null });
    expect(await code(poor.decrypt({}))).toBe('SCARD_E_NO_MEMORY');
  });

  it('a number that is not below the modulus is refused like a bad padding, and the key is not used', async () => {
    const { decrypt, edge } = await withKey();
    const before = edge.exchanges;
    const error = await failure(decrypt({ pbData: new Uint8Array(256).fill(0xff) }));
    expect([error.reason, error.cause, edge.exchanges - before]).toEqual(['SCARD_F_INTERNAL_ERROR', undefined, 1]);
  });

  it('the ciphertext of the caller stays as it was', async () => {
    const { decrypt } = await withKey();
    const pbData = pkcs1();
    const kept = toHex(pbData);
    await decrypt({ pbData });
    expect(toHex(pbData)).toBe(kept);
  });
});
