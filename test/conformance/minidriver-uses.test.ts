import {
  constants,
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  publicDecrypt,
  publicEncrypt,
  verify,
  X509Certificate,
} from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Bytes, bytes, copy, reversed, toHex } from '../../src/codec/index.ts';
import { publicKeyJwk } from '../../src/crypto/public-key.ts';
import * as m from '../../src/minidriver/index.ts';
import { type PivProfileName, pivProfiles } from '../../src/simulator/card/index.ts';
import { terminal } from '../unit/piv/transactions.ts';
import { EchoCard } from './echo-card.ts';
import { Bench, type Card, given, KEYS, PIN, preparedImage, publicKeyOf } from './minidriver-bench.ts';
import { code } from '../unit/minidriver/outcomes.ts';
import { ecdsaVerifyPrehash } from './minidriver-verify.ts';

/*
 * The certification kit's groups that play an application (fact sheet, section 16): what the application has a card do, through the
 * interface, and node:crypto as the other side. Mail is in test/unit/app/containers/libraries.test.ts, where a CMS library does it.
 */

const sign = async (card: Card, index: number, spec: number, pbData: Bytes, more: Partial<m.CARD_SIGNING_INFO> = {}): Promise<Bytes> => {
  const info = { dwVersion: 2, bContainerIndex: index, dwKeySpec: spec, dwSigningFlags: 0, aiHashAlg: 0, pbData, ...more };
  return (await card.CardSignData(info)).pbSignedData ?? bytes(0);
};
const sha256 = (data: Uint8Array): Bytes => copy(createHash('sha256').update(data).digest());
const point = (jwk: { readonly x?: string; readonly y?: string }): Bytes =>
  copy(Buffer.concat([Buffer.from([4]), Buffer.from(jwk.x ?? '', 'base64url'), Buffer.from(jwk.y ?? '', 'base64url')]));
/** What a client signs in TLS 1.3 (RFC 8446, 4.4.3), over a transcript hash. */
const CERTIFICATE_VERIFY = Buffer.concat([Buffer.alloc(64, 0x20), Buffer.from('TLS 1.3, client CertificateVerify\0'), Buffer.alloc(32, 7)]);

describe('certification kit, groups of applications', () => {
  let image: unknown;
  beforeAll(async () => {
    image = await preparedImage();
  });

  it('INF check, registration: every card of the family is taken by its application, a card of another one is SCARD_E_UNKNOWN_CARD', async () => {
    const profiles = Object.keys(pivProfiles) as PivProfileName[];
    expect(profiles.length).toBeGreaterThan(3);
    for (const profile of profiles) {
      const card = await new Bench({ profile }).acquire();
      expect(card.pvVendorSpecific, profile).toEqual({ family: 'piv' });
    }
    const stranger = terminal(new EchoCard(false));
    expect(await code(new Bench().module.CardAcquireContext(m.newCardData({ pbAtr: stranger.atr, hScard: stranger }), 0))).toBe(
      'SCARD_E_UNKNOWN_CARD',
    );
  });

  it('SSL RSA: the 36 octets of TLS before 1.2, and the CertificateVerify of 1.2 and 1.3', async () => {
    const card = await new Bench({ image }).user();
    const key = createPublicKey(KEYS[0]);
    const both = copy(Buffer.concat([createHash('md5').update('handshake').digest(), createHash('sha1').update('handshake').digest()]));
    const old = await sign(card, 0, m.AT_KEYEXCHANGE, both, { aiHashAlg: m.CALG_SSL3_SHAMD5 });
    expect(publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, reversed(old)).toString('hex')).toBe(toHex(both));
    const pss = { dwSigningFlags: m.CARD_PADDING_INFO_PRESENT, dwPaddingType: m.CARD_PADDING_PSS, pPaddingInfo: { pszAlgId: 'SHA256', cbSalt: 32 } };
    const newest = reversed(await sign(card, 0, m.AT_KEYEXCHANGE, sha256(CERTIFICATE_VERIFY), pss));
    const holds = (signature: Uint8Array): boolean =>
      verify('sha256', CERTIFICATE_VERIFY, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signature);
    expect(holds(newest)).toBe(true);
    newest[0] = (newest[0] ?? 0) ^ 1;
    expect(holds(newest)).toBe(false);
    const middle = await sign(card, 0, m.AT_KEYEXCHANGE, sha256(CERTIFICATE_VERIFY), { aiHashAlg: m.CALG_SHA_256 });
    expect(verify('sha256', CERTIFICATE_VERIFY, key, reversed(middle))).toBe(true);
  });

  it('SSL ECC: ecdsa_secp256r1_sha256, and an ephemeral agreement of the server with the card', async () => {
    const card = await new Bench({ image }).user();
    const signature = await sign(card, 3, m.AT_ECDSA_P256, sha256(CERTIFICATE_VERIFY));
    const key = { key: createPublicKey(KEYS[3]), dsaEncoding: 'ieee-p1363' as const };
    expect(verify('sha256', CERTIFICATE_VERIFY, key, signature)).toBe(true);
    expect(verify('sha256', Buffer.from('another'), key, signature)).toBe(false);
    const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pbPublicKey = m.encodePublicKeyBlob(
      { kind: 'ec', curve: 'P-256', point: point(server.publicKey.export({ format: 'jwk' })) },
      'key-exchange',
    );
    const made = await given(card.CardConstructDHAgreement)({ dwVersion: 2, bContainerIndex: 4, dwFlags: 0, pbPublicKey });
    const pParameterList = [
      { BufferType: m.KDF_TLS_PRF_LABEL, pvBuffer: copy(Buffer.from('master secret')) },
      { BufferType: m.KDF_TLS_PRF_SEED, pvBuffer: bytes(64).fill(3) },
      { BufferType: m.KDF_TLS_PRF_PROTOCOL, pvBuffer: 0x0303 },
    ];
    const info = { dwVersion: 2, dwFlags: 0, pwszKDF: m.BCRYPT_KDF_TLS_PRF, bSecretAgreementIndex: made.bSecretAgreementIndex, pParameterList };
    expect((await given(card.CardDeriveKey)(info)).cbDerivedKey).toBe(48);
  });

  it('logon: the default container by the map, its certificate without PIN, a signed challenge, a reply key that only it opens', async () => {
    const card = await new Bench({ image }).acquire();
    const records = m.decodeContainerMap(await card.CardReadFile('mscp', 'cmapfile', 0));
    const index = records.findIndex((record) => m.isDefaultRecord(record));
    expect(index).toBe(0);
    const certificate = new X509Certificate(await card.CardReadFile('mscp', m.certificateFileName(index, 'key-exchange'), 0));
    const nonce = bytes(32).fill(0x4c);
    const signed = () => sign(card, index, m.AT_KEYEXCHANGE, sha256(nonce), { aiHashAlg: m.CALG_SHA_256 });
    expect(await code(signed())).toBe('SCARD_W_SECURITY_VIOLATION');
    await card.CardAuthenticateEx(await card.CardGetContainerProperty(index, m.CCP_PIN_IDENTIFIER, 0), 0, PIN);
    expect(verify('sha256', nonce, certificate.publicKey, reversed(await signed()))).toBe(true);
    const reply = copy(publicEncrypt({ key: certificate.publicKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from('reply key')));
    const opened = (at: number) =>
      given(card.CardRSADecrypt)({
        dwVersion: 2,
        bContainerIndex: at,
        dwKeySpec: m.AT_KEYEXCHANGE,
        pbData: reversed(reply),
        dwPaddingType: m.CARD_PADDING_PKCS1,
      });
    expect(Buffer.from(reversed((await opened(index)).pbData)).toString()).toBe('reply key');
    const byAnother = await opened(2).then(
      ({ pbData }) => Buffer.from(reversed(pbData)).toString(),
      (error: unknown) => (error as m.MinidriverError).reason,
    );
    expect(byAnother).not.toBe('reply key');
    await card.CardDeauthenticateEx(m.PIN_SET_ALL_ROLES, 0);
    expect(await code(signed())).toBe('SCARD_W_SECURITY_VIOLATION');
  });

  it('CertProp: every certificate is found and read without a PIN, and belongs to its container', async () => {
    const card = await new Bench({ image }).acquire();
    const files = (await card.CardEnumFiles('mscp', 0)).filter((name) => /^k[sx]c\d\d$/.test(name));
    expect(files).toEqual(['kxc00', 'ksc01', 'kxc02', 'ksc03', 'kxc04', 'kxc05']);
    for (const file of files) {
      const certificate = new X509Certificate(await card.CardReadFile('mscp', file, 0));
      const key = createPublicKey({ key: publicKeyJwk(await publicKeyOf(card, Number(file.slice(3)))) as never, format: 'jwk' });
      expect(certificate.publicKey.equals(key), file).toBe(true);
    }
    expect(await card.CardGetProperty(m.CP_CARD_AUTHENTICATED_STATE, 0)).toBe(0);
  });

  it('EFS: a file key encrypted to an RSA container, and one agreed with an ECDH container, come back after a power cycle', async () => {
    const bench = new Bench({ image });
    const fileKey = bytes(32).fill(0x5e);
    const oaep = { key: createPublicKey(KEYS[2]), padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
    const wrapped = copy(publicEncrypt(oaep, fileKey));
    const writer = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const z = diffieHellman({ privateKey: writer.privateKey, publicKey: createPublicKey(KEYS[5]) });
    bench.powerCycle();
    const card = await bench.user();
    const pPaddingInfo = { pszAlgId: 'SHA1', pbLabel: null };
    const info = {
      dwVersion: 2,
      bContainerIndex: 2,
      dwKeySpec: m.AT_KEYEXCHANGE,
      pbData: reversed(wrapped),
      dwPaddingType: m.CARD_PADDING_OAEP,
      pPaddingInfo,
    };
    expect(toHex(reversed((await given(card.CardRSADecrypt)(info)).pbData))).toBe(toHex(fileKey));
    const other = { kind: 'ec', curve: 'P-384', point: point(writer.publicKey.export({ format: 'jwk' })) } as const;
    const pbPublicKey = m.encodePublicKeyBlob(other, 'key-exchange');
    const { bSecretAgreementIndex } = await given(card.CardConstructDHAgreement)({ dwVersion: 2, bContainerIndex: 5, dwFlags: 0, pbPublicKey });
    const pParameterList = [{ BufferType: m.KDF_HASH_ALGORITHM, pvBuffer: 'SHA384' }];
    const derived = await given(card.CardDeriveKey)({ dwVersion: 2, dwFlags: 0, pwszKDF: m.BCRYPT_KDF_HASH, bSecretAgreementIndex, pParameterList });
    expect(toHex(derived.pbDerivedKey ?? bytes(0))).toBe(createHash('sha384').update(z).digest('hex'));
  });

  it('CardProperties: each of section 7 answers a value of its type, or the code that says that there is none', async () => {
    const card = await new Bench({ image }).acquire();
    const guid = await card.CardReadFile(null, 'cardid', 0);
    const seen = async (name: string, dwFlags = 0): Promise<unknown> =>
      card.CardGetProperty(name as typeof m.CP_CARD_GUID, dwFlags).catch((error: unknown) => (error as m.MinidriverError).reason);
    const none = 'SCARD_E_UNSUPPORTED_FEATURE';
    expect(await seen(m.CP_CARD_FREE_SPACE)).toMatchObject({ dwVersion: 1, dwMaxKeyContainers: 24 });
    expect(await seen(m.CP_CARD_CAPABILITIES)).toEqual({ dwVersion: 1, fCertificateCompression: true, fKeyGen: true });
    expect(await seen(m.CP_CARD_KEYSIZES, m.AT_ECDHE_P384)).toMatchObject({ dwMinimumBitlen: 384, dwMaximumBitlen: 384, dwIncrementalBitlen: 1 });
    expect([await seen(m.CP_CARD_READ_ONLY), await seen(m.CP_SUPPORTS_WIN_X509_ENROLLMENT)]).toEqual([false, true]);
    expect(await seen(m.CP_CARD_CACHE_MODE)).toBe(m.CP_CACHE_MODE_NO_CACHE);
    expect(toHex((await seen(m.CP_CARD_GUID)) as Bytes)).toBe(toHex(guid));
    expect(await seen(m.CP_CARD_SERIAL_NO)).toBeInstanceOf(Uint8Array);
    expect(await seen(m.CP_CARD_PIN_INFO, 1)).toMatchObject({ dwVersion: 6, dwChangePermission: 0x02, dwUnblockPermission: 0x10 });
    expect(await seen(m.CP_CARD_PIN_INFO, 2)).toMatchObject({ PinType: m.ChallengeResponsePinType, dwUnblockPermission: 0 });
    expect(await seen(m.CP_CARD_LIST_PINS)).toBe(0x1e);
    expect(await seen(m.CP_CARD_AUTHENTICATED_STATE)).toBe(0);
    expect(await seen(m.CP_CARD_PIN_STRENGTH_VERIFY, 1)).toBe(m.CARD_PIN_STRENGTH_PLAINTEXT);
    expect([await seen(m.CP_CARD_PIN_STRENGTH_CHANGE, 1), await seen(m.CP_CARD_PIN_STRENGTH_UNBLOCK, 1)]).toEqual([none, none]);
    expect(await seen(m.CP_KEY_IMPORT_SUPPORT)).toBe(0);
    expect([await seen(m.CP_ENUM_ALGORITHMS, 2), await seen(m.CP_ENUM_ALGORITHMS, 1)]).toEqual([['RSA'], none]);
    expect([await seen(m.CP_PADDING_SCHEMES, 2), await seen(m.CP_PADDING_SCHEMES, 1)]).toEqual([2 | 4 | 8, none]);
    expect(await seen(m.CP_CHAINING_MODES)).toBe(none);
    for (const name of [m.CP_PARENT_WINDOW, m.CP_PIN_CONTEXT_STRING]) expect(await seen(name)).toBe('SCARD_E_INVALID_PARAMETER');
  });

  it('ExecutionSpeed: by exchanges with the card, which are what a reader takes its time for', async () => {
    const bench = new Bench({ image });
    const card = await bench.acquire();
    const exchanges = async (call: () => Promise<unknown>): Promise<number> => {
      bench.terminal.clear();
      await call();
      return bench.terminal.log.length;
    };
    const info = () => card.CardGetContainerInfo(0, 0, { dwVersion: 1 });
    const first = await exchanges(info);
    expect(first).toBeGreaterThan(0);
    // What was read once in a transaction is not read again.
    expect(await exchanges(info)).toBe(0);
    // Another container costs its own questions only, less than a list of all.
    const another = () => card.CardGetContainerInfo(4, 0, { dwVersion: 1 });
    const own = await exchanges(another);
    expect(own).toBeGreaterThan(0);
    expect(await exchanges(another)).toBe(0);
    expect(await exchanges(() => card.CardReadFile('mscp', 'cmapfile', 0))).toBeGreaterThan(own);
    expect(await exchanges(() => card.CardGetContainerProperty(1, m.CCP_ASSOCIATED_ECDH_KEY, 0))).toBe(0);
    expect(await exchanges(() => card.CardAuthenticateEx(1, 0, PIN))).toBe(1);
    expect(await exchanges(() => sign(card, 3, m.AT_ECDSA_P256, sha256(bytes(1))))).toBe(1);
    const hash = sha256(bytes(1));
    expect(ecdsaVerifyPrehash(createPublicKey(KEYS[3]), hash, await sign(card, 3, m.AT_ECDSA_P256, hash))).toBe(true);
    // The check can fail: after an interruption all is read anew.
    bench.terminal.interrupted = true;
    card.hScard = { ...bench.terminal, interrupted: true };
    expect(await exchanges(info)).toBeGreaterThan(0);
  });
});
