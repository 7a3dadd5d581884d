import { createPublicKey, publicDecrypt, constants, verify as nodeVerify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytes, copy, reversed, toHex } from '../../src/codec/index.ts';
import * as m from '../../src/minidriver/index.ts';
import { CARD_ROWS } from './minidriver-kit-rows.ts';
import { hash, KEY_ROWS, signing } from './minidriver-kit-key-rows.ts';
import { INVALID, OK, row, type Row } from './minidriver-kit-row.ts';
import { given, KEYS, PIN, preparedImage, plainImage, refusedUnasked, type Card, Bench } from './minidriver-bench.ts';
import { code, failure } from '../unit/minidriver/outcomes.ts';

/*
 * Microsoft's certification kit (CMCK), row by row: every row of the fact sheet's section 5, 1.2, 1.3 and 7 that comes from the kit's log.
 * Each test is named after the kit's test, then the clause of the fact sheet. On the real PIV edge and the simulated card.
 */

const ROWS: readonly Row[] = [...CARD_ROWS, ...KEY_ROWS];
const v = (dwVersion: number): m.VersionedRequest => ({ dwVersion });

/** Whether a row holds on a card; the reason when it does not. */
async function verdict(image: unknown, each: Row): Promise<string | undefined> {
  const bench = new Bench({ image });
  const card = await bench.acquire();
  bench.terminal.clear();
  const got = await code(each.call(card, bench));
  const wanted = typeof each.expected === 'string' ? [each.expected] : each.expected;
  if (!wanted.includes(got)) return `${got} instead of ${wanted.join(' or ')}`;
  if (got !== OK && each.asks !== true && bench.terminal.log.length > 0)
    return `${got} after ${bench.terminal.log.length} commands, where none may be sent`;
  return undefined;
}

describe('certification kit, rows of the log', () => {
  let image: unknown;
  beforeAll(async () => {
    image = await preparedImage();
  });
  let passed = 0;
  afterAll(() => {
    console.log(`certification kit: ${passed} of ${ROWS.length} rows of the log`);
  });

  it.each(ROWS)('$kit ($clause): $what', async (each) => {
    expect(await verdict(image, each)).toBeUndefined();
    passed++;
  });

  it('planted: a row that expects another code, and one that says the card is not asked, are found', async () => {
    expect(
      await verdict(
        image,
        row('planted', '-', '-', INVALID, (card) => card.CardQueryCapabilities(v(1))),
      ),
    ).toMatch(/SUCCESS instead of/);
    expect(
      await verdict(
        image,
        row('planted', '-', '-', 'SCARD_E_FILE_NOT_FOUND', (card) => card.CardReadFile(null, 'mscp', 0)),
      ),
    ).toBeUndefined();
    expect(
      await verdict(
        image,
        row('planted', '-', '-', 'SCARD_E_NO_KEY_CONTAINER', (card) => card.CardGetContainerInfo(9, 0, v(1))),
      ),
    ).toMatch(/none may be sent/);
  });
});

/** The kit's matrix of signatures: basic and version 2, by CAPI number and by CNG name. */
const HASHES: readonly (readonly [string, number, number, string | undefined])[] = [
  ['MD2', m.CALG_MD2, 16, undefined],
  ['MD4', m.CALG_MD4, 16, undefined],
  ['MD5', m.CALG_MD5, 16, 'md5'],
  ['SHA1', m.CALG_SHA1, 20, 'sha1'],
  ['SHA256', m.CALG_SHA_256, 32, 'sha256'],
  ['SHA384', m.CALG_SHA_384, 48, 'sha384'],
  ['SHA512', m.CALG_SHA_512, 64, 'sha512'],
];

describe('certification kit, CardSignData Positive: matrix', () => {
  const publicKey = createPublicKey(KEYS[0]);
  const variants = (name: string, algId: number): readonly (readonly [string, Partial<m.CARD_SIGNING_INFO>])[] => {
    const pPaddingInfo = { pszAlgId: name };
    return [
      ['CAPI, version 1', { dwVersion: 1, aiHashAlg: algId }],
      ['CAPI, version 2', { dwVersion: 2, aiHashAlg: algId }],
      ['CNG, PKCS1', { dwVersion: 2, aiHashAlg: 0, dwSigningFlags: m.CARD_PADDING_INFO_PRESENT, dwPaddingType: m.CARD_PADDING_PKCS1, pPaddingInfo }],
    ];
  };
  let bench: Bench;
  let card: Card;
  let count = 0;
  beforeAll(async () => {
    bench = new Bench({ image: await preparedImage() });
    card = await bench.user();
  });
  afterAll(() => console.log(`certification kit: ${count} signatures of the matrix verified`));

  it.each(HASHES)('%s', async (name, algId, length, node) => {
    const pbData = node === undefined ? bytes(length).fill(0x5a) : hash(node);
    for (const [, more] of variants(name, algId)) {
      const { pbSignedData } = await card.CardSignData(signing({ ...more, pbData }));
      const signature = reversed(pbSignedData ?? bytes(0));
      if (node === undefined) {
        // OpenSSL has no MD2 and no MD4 here: the DigestInfo is looked at (RFC 8017, 9.2, note 1).
        const content = publicDecrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, signature);
        expect(content.toString('hex')).toBe(`3020300c06082a864886f70d020${name === 'MD2' ? '2' : '4'}05000410${toHex(pbData)}`);
      } else expect(nodeVerify(node, Buffer.from('kit'), publicKey, signature)).toBe(true);
      count++;
    }
    const damaged = (await card.CardSignData(signing({ dwVersion: 1, aiHashAlg: algId, pbData }))).pbSignedData?.slice() ?? bytes(0);
    damaged[9] = (damaged[9] ?? 0) ^ 1;
    if (node !== undefined) expect(nodeVerify(node, Buffer.from('kit'), publicKey, reversed(damaged))).toBe(false);
    expect(await code(card.CardSignData(signing({ aiHashAlg: algId, pbData: pbData.slice(1) })))).toBe(INVALID);
  });
});

describe('certification kit, read-only card', () => {
  let bench: Bench;
  let card: Card;
  beforeAll(async () => {
    bench = new Bench({ profile: 'nist', image: await plainImage(), managed: false });
    card = await bench.user();
  });

  it.each<[string, (card: Card) => Promise<unknown>]>([
    ['CardCreateContainer', (c) => c.CardCreateContainer(0, 1, m.AT_ECDSA_P256, 0, null)],
    ['CardCreateContainerEx', (c) => c.CardCreateContainerEx(0, 1, m.AT_ECDSA_P256, 0, null, 1)],
    ['CardDeleteContainer', (c) => c.CardDeleteContainer(0, 0)],
    ['CardCreateDirectory', (c) => c.CardCreateDirectory('new', 1)],
    ['CardDeleteDirectory', (c) => c.CardDeleteDirectory('mscp')],
    ['CardCreateFile', (c) => c.CardCreateFile(null, 'new', 0, 1)],
    ['CardWriteFile', (c) => c.CardWriteFile(null, 'cardcf', 0, bytes(6))],
    ['CardDeleteFile', (c) => c.CardDeleteFile('mscp', 'ksc00', 0)],
    ['CardSetContainerProperty', (c) => c.CardSetContainerProperty(0, m.CCP_PIN_IDENTIFIER, 1, 0)],
    ['CardSetProperty', (c) => c.CardSetProperty(m.CP_CARD_GUID, bytes(16), 0)],
  ])('%s is SCARD_E_UNSUPPORTED_FEATURE, unasked', async (_, call) => {
    await refusedUnasked(bench, 'SCARD_E_UNSUPPORTED_FEATURE', () => call(card));
  });

  it('everything that must work does, and the properties say what the card is', async () => {
    expect(await card.CardGetProperty(m.CP_CARD_READ_ONLY, 0)).toBe(true);
    expect(await card.CardGetProperty(m.CP_SUPPORTS_WIN_X509_ENROLLMENT, 0)).toBe(false);
    expect(await card.CardQueryCapabilities(v(1))).toMatchObject({ fKeyGen: false, fCertificateCompression: true });
    expect(await card.CardQueryFreeSpace(0, v(1))).toMatchObject({ dwBytesAvailable: 0, dwKeyContainersAvailable: 0, dwMaxKeyContainers: 24 });
    await card.CardSetProperty(m.CP_PARENT_WINDOW, {}, 0);
    await card.CardSetProperty(m.CP_PIN_CONTEXT_STRING, 'text', 0);
    expect(await card.CardEnumFiles(null, 0)).toEqual(['cardid', 'cardcf', 'cardapps']);
    expect(await card.CardEnumFiles('mscp', 0)).toEqual(['cmapfile', 'ksc00', 'kxc02']);
    for (const file of ['cardid', 'cardcf', 'cardapps']) expect((await card.CardReadFile(null, file, 0)).length).toBeGreaterThan(0);
    const map = m.decodeContainerMap(await card.CardReadFile('mscp', 'cmapfile', 0));
    expect(map.map((each) => each.bFlags)).toEqual([3, 0, 1]);
    expect(await card.CardGetContainerProperty(0, m.CCP_PIN_IDENTIFIER, 0)).toBe(1);
    const { pbSignedData } = await card.CardSignData(signing({ dwKeySpec: m.AT_ECDSA_P256 }));
    expect(pbSignedData?.length).toBe(64);
    // The PIN may be changed; on such a card nothing else may.
    await card.CardChangeAuthenticatorEx(m.PIN_CHANGE_FLAG_CHANGEPIN, 1, PIN, 1, copy(Buffer.from('654321')), 0);
    await card.CardChangeAuthenticatorEx(m.PIN_CHANGE_FLAG_CHANGEPIN, 1, copy(Buffer.from('654321')), 1, PIN, 0);
  });

  it('who holds the management key and proves it writes: the card is read-only to nobody else', async () => {
    const { typedManagementKey } = await import('../../src/piv/management.ts');
    const { fromHex } = await import('../../src/codec/index.ts');
    const { FACTORY_KEY } = await import('./minidriver-bench.ts');
    const response = await typedManagementKey(fromHex(FACTORY_KEY)).external(await card.CardGetChallenge(), '3DES');
    await card.CardAuthenticateChallenge(response);
    expect(await card.CardGetProperty(m.CP_CARD_READ_ONLY, 0)).toBe(false);
    await card.CardCreateContainerEx(1, 1, m.AT_ECDSA_P256, 0, null, 3);
    await card.CardDeauthenticateEx(0x04, 0);
    expect(await card.CardGetProperty(m.CP_CARD_READ_ONLY, 0)).toBe(true);
    expect((await failure(card.CardCreateContainerEx(1, 1, m.AT_ECDSA_P256, 0, null, 3))).reason).toBe('SCARD_E_UNSUPPORTED_FEATURE');
  });

  it('members that C wants NULL are not NULL on a card with RSA and curves', () => {
    expect(given(card.CardRSADecrypt)).toBeTypeOf('function');
    expect(given(card.CardConstructDHAgreement)).toBeTypeOf('function');
  });
});
