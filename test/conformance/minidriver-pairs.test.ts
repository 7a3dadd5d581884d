import { constants, createPublicKey, diffieHellman, generateKeyPairSync, publicEncrypt } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { bytes, copy, reversed, toHex } from '../../src/codec/index.ts';
import { ENTRY_POINT_VERSIONS } from '../../src/minidriver/card-data.ts';
import * as m from '../../src/minidriver/index.ts';
import { testCertificate } from '../unit/piv/test-certificate.ts';
import { adminResponse, Bench, type Card, code, given, KEYS, PIN, preparedImage, PUK, publicKeyOf, WRONG_PIN } from './minidriver-bench.ts';

/*
 * One positive and one negative test for each of the 45 entry points, as Microsoft's certification kit has them, on the real PIV edge and
 * the simulated card. The table's type wants every entry point, so none can be left out.
 */

type Name = m.EntryPointName | 'CardAcquireContext';

interface Pair {
  /** Ends well and looks at what came of it. */
  readonly positive: (card: Card, bench: Bench) => Promise<void>;
  readonly negative: readonly [m.FailureName, (card: Card, bench: Bench) => Promise<unknown>];
}

const NEXT = copy(Buffer.from('654321'));
const state = (card: Card): Promise<number> => card.CardGetProperty(m.CP_CARD_AUTHENTICATED_STATE, 0);
const user = (card: Card): Promise<void> => card.CardAuthenticatePin('user', PIN);
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const otherJwk = other.publicKey.export({ format: 'jwk' });
const otherBlob = m.encodePublicKeyBlob(
  {
    kind: 'ec',
    curve: 'P-256',
    point: copy(Buffer.concat([Buffer.from([4]), Buffer.from(otherJwk.x ?? '', 'base64url'), Buffer.from(otherJwk.y ?? '', 'base64url')])),
  },
  'key-exchange',
);

async function agree(card: Card): Promise<number> {
  await user(card);
  const construct = given(card.CardConstructDHAgreement);
  return (await construct({ dwVersion: 2, bContainerIndex: 4, dwFlags: 0, pbPublicKey: otherBlob })).bSecretAgreementIndex;
}

const derive = (card: Card, index: number, dwVersion = 1) =>
  given(card.CardDeriveKey)({ dwVersion, dwFlags: 0, pwszKDF: m.BCRYPT_KDF_RAW_SECRET, bSecretAgreementIndex: index });

const signing = (more: Partial<m.CARD_SIGNING_INFO> = {}): m.CARD_SIGNING_INFO => ({
  dwVersion: 1,
  bContainerIndex: 3,
  dwKeySpec: m.AT_ECDSA_P256,
  dwSigningFlags: 0,
  aiHashAlg: 0,
  pbData: bytes(32).fill(9),
  ...more,
});

/** The nine of secure key injection: they exist and say that they do nothing. */
const injection = (call: (card: Card) => Promise<unknown>): Pair => ({
  positive: async (card) => {
    expect(await card.CardGetProperty(m.CP_KEY_IMPORT_SUPPORT, 0)).toBe(0);
  },
  negative: ['SCARD_E_UNSUPPORTED_FEATURE', call],
});

const PAIRS: Readonly<Record<Name, Pair>> = {
  CardAcquireContext: {
    positive: async (_, bench) => {
      const card = bench.data({ dwVersion: 9 });
      await bench.module.CardAcquireContext(card, 0);
      expect([card.dwVersion, card.pvVendorSpecific]).toEqual([7, { family: 'piv' }]);
    },
    negative: ['ERROR_REVISION_MISMATCH', (_, bench) => bench.module.CardAcquireContext(bench.data({ dwVersion: 1 }), 0)],
  },
  CardDeleteContext: {
    positive: async (card) => {
      await card.CardDeleteContext();
      expect(card.pvVendorSpecific).toBeNull();
    },
    negative: [
      'SCARD_E_INVALID_PARAMETER',
      async (card) => {
        await card.CardDeleteContext();
        return card.CardDeleteContext();
      },
    ],
  },
  CardQueryCapabilities: {
    positive: async (card) =>
      expect(await card.CardQueryCapabilities({ dwVersion: 0 })).toEqual({ dwVersion: 1, fCertificateCompression: true, fKeyGen: true }),
    negative: ['ERROR_REVISION_MISMATCH', (card) => card.CardQueryCapabilities({ dwVersion: 2 })],
  },
  CardDeleteContainer: {
    positive: async (card) => {
      await user(card);
      await card.CardDeleteContainer(5, 0);
      await card.CardDeleteContainer(5, 0);
      await card.CardDeleteContainer(200, 0);
      expect(await code(card.CardGetContainerInfo(5, 0, { dwVersion: 1 }))).toBe('SCARD_E_NO_KEY_CONTAINER');
    },
    negative: ['SCARD_W_SECURITY_VIOLATION', (card) => card.CardDeleteContainer(5, 0)],
  },
  CardCreateContainer: {
    positive: async (card) => {
      await user(card);
      await card.CardCreateContainer(6, m.CARD_CREATE_CONTAINER_KEY_GEN, m.AT_ECDHE_P256, 0, null);
      expect(await card.CardGetContainerProperty(6, m.CCP_PIN_IDENTIFIER, 0)).toBe(m.ROLE_USER);
    },
    negative: ['SCARD_W_SECURITY_VIOLATION', (card) => card.CardCreateContainer(6, m.CARD_CREATE_CONTAINER_KEY_GEN, m.AT_ECDHE_P256, 0, null)],
  },
  CardCreateContainerEx: {
    positive: async (card) => {
      await user(card);
      await card.CardCreateContainerEx(7, m.CARD_CREATE_CONTAINER_KEY_GEN, m.AT_ECDHE_P384, 0, null, 3);
      expect(await card.CardGetContainerProperty(7, m.CCP_PIN_IDENTIFIER, 0)).toBe(3);
    },
    negative: [
      'SCARD_E_INVALID_PARAMETER',
      async (card) => {
        await user(card);
        return card.CardCreateContainerEx(7, m.CARD_CREATE_CONTAINER_KEY_GEN, m.AT_ECDHE_P384, 0, null, m.ROLE_ADMIN);
      },
    ],
  },
  CardGetContainerInfo: {
    positive: async (card) => {
      const { pbKeyExPublicKey, pbSigPublicKey } = await card.CardGetContainerInfo(2, 0, { dwVersion: 1 });
      const { key } = m.decodePublicKeyBlob(pbKeyExPublicKey ?? bytes(0));
      const jwk = createPublicKey(KEYS[2]).export({ format: 'jwk' });
      expect([pbSigPublicKey, key.kind === 'rsa' && toHex(key.modulus)]).toEqual([null, Buffer.from(jwk.n ?? '', 'base64url').toString('hex')]);
    },
    negative: ['SCARD_E_NO_KEY_CONTAINER', (card) => card.CardGetContainerInfo(24, 0, { dwVersion: 1 })],
  },
  CardAuthenticatePin: {
    positive: async (card) => {
      await user(card);
      expect(await state(card)).toBe(0x0a);
    },
    negative: ['SCARD_W_WRONG_CHV', (card) => card.CardAuthenticatePin('user', WRONG_PIN)],
  },
  CardGetChallenge: {
    positive: async (card) => expect((await card.CardGetChallenge()).length % 8).toBe(0),
    negative: [
      'SCARD_E_INVALID_PARAMETER',
      async (card) => {
        await card.CardDeleteContext();
        return card.CardGetChallenge();
      },
    ],
  },
  CardAuthenticateChallenge: {
    positive: async (card) => {
      await card.CardAuthenticateChallenge(await adminResponse(await card.CardGetChallenge()));
      expect(await state(card)).toBe(0x04);
    },
    negative: ['SCARD_W_WRONG_CHV', async (card) => card.CardAuthenticateChallenge(bytes((await card.CardGetChallenge()).length))],
  },
  CardUnblockPin: {
    positive: async (card) => {
      await card.CardUnblockPin('user', PUK, NEXT, 0, m.CARD_AUTHENTICATE_PIN_PIN);
      expect(await state(card)).toBe(0);
      await card.CardAuthenticatePin('user', NEXT);
    },
    negative: ['SCARD_W_WRONG_CHV', (card) => card.CardUnblockPin('user', copy(Buffer.from('99999999')), NEXT, 0, m.CARD_AUTHENTICATE_PIN_PIN)],
  },
  CardChangeAuthenticator: {
    positive: async (card) => {
      await card.CardChangeAuthenticator('user', PIN, NEXT, 0, m.CARD_AUTHENTICATE_PIN_PIN);
      expect(await state(card)).toBe(0x0a);
    },
    negative: ['SCARD_E_INVALID_PARAMETER', (card) => card.CardChangeAuthenticator('user', PIN, NEXT, 5, m.CARD_AUTHENTICATE_PIN_PIN)],
  },
  CardDeauthenticate: {
    positive: async (card) => {
      await user(card);
      await card.CardDeauthenticate('user', 0);
      expect(await state(card)).toBe(0);
    },
    negative: ['SCARD_E_INVALID_PARAMETER', (card) => card.CardDeauthenticate('anonymous', 0)],
  },
  CardCreateDirectory: {
    positive: async (card) => {
      await user(card);
      await card.CardCreateDirectory('other', m.UserCreateDeleteDirAc);
      await card.CardCreateFile('other', 'file', 0, m.EveryoneReadUserWriteAc);
      expect(await card.CardEnumFiles('other', 0)).toEqual(['file']);
    },
    negative: [
      'ERROR_FILE_EXISTS',
      async (card) => {
        await user(card);
        return card.CardCreateDirectory('mscp', m.UserCreateDeleteDirAc);
      },
    ],
  },
  CardDeleteDirectory: {
    positive: async (card) => {
      await user(card);
      await card.CardCreateDirectory('other', m.UserCreateDeleteDirAc);
      await card.CardDeleteDirectory('other');
      expect(await code(card.CardEnumFiles('other', 0))).toBe('SCARD_E_DIR_NOT_FOUND');
    },
    negative: ['ERROR_DIR_NOT_EMPTY', (card) => card.CardDeleteDirectory('mscp')],
  },
  CardCreateFile: {
    positive: async (card) => {
      await user(card);
      await card.CardCreateFile(null, 'own', 10, m.UserReadWriteAc);
      expect(await card.CardGetFileInfo(null, 'own', { dwVersion: 1 })).toMatchObject({ AccessCondition: m.UserReadWriteAc });
    },
    negative: ['SCARD_E_INVALID_PARAMETER', (card) => card.CardCreateFile(null, 'own', 0x7fffffff, m.UserReadWriteAc)],
  },
  CardReadFile: {
    positive: async (card) => expect(toHex(await card.CardReadFile(null, 'cardapps', 0))).toBe('6d73637000000000'),
    negative: ['SCARD_E_FILE_NOT_FOUND', (card) => card.CardReadFile('mscp', 'kxc09', 0)],
  },
  CardWriteFile: {
    positive: async (card) => {
      await user(card);
      const der = testCertificate(await publicKeyOf(card, 0), { commonName: 'New' });
      await card.CardWriteFile('mscp', 'KXC00', 0, der);
      expect(toHex(await card.CardReadFile('mscp', 'kxc00', 0))).toBe(toHex(der));
    },
    negative: ['SCARD_W_SECURITY_VIOLATION', async (card) => card.CardWriteFile('mscp', 'kxc00', 0, testCertificate(await publicKeyOf(card, 0)))],
  },
  CardDeleteFile: {
    positive: async (card) => {
      await user(card);
      await card.CardDeleteFile('mscp', 'kxc00', 0);
      expect(await code(card.CardReadFile('mscp', 'kxc00', 0))).toBe('SCARD_E_FILE_NOT_FOUND');
    },
    negative: ['SCARD_W_SECURITY_VIOLATION', (card) => card.CardDeleteFile('mscp', 'kxc00', 0)],
  },
  CardEnumFiles: {
    positive: async (card) => expect(await card.CardEnumFiles('MSCP', 0)).toEqual(['cmapfile', 'kxc00', 'ksc01', 'kxc02', 'ksc03', 'kxc04', 'kxc05']),
    negative: ['SCARD_E_DIR_NOT_FOUND', (card) => card.CardEnumFiles('nowhere', 0)],
  },
  CardGetFileInfo: {
    positive: async (card) => {
      const content = await card.CardReadFile('mscp', 'kxc00', 0);
      expect(await card.CardGetFileInfo('mscp', 'kxc00', { dwVersion: 1 })).toEqual({
        dwVersion: 1,
        cbFileSize: content.length,
        AccessCondition: m.EveryoneReadUserWriteAc,
      });
    },
    negative: ['ERROR_REVISION_MISMATCH', (card) => card.CardGetFileInfo('mscp', 'kxc00', { dwVersion: 2 })],
  },
  CardQueryFreeSpace: {
    positive: async (card) =>
      expect(await card.CardQueryFreeSpace(0, { dwVersion: 1 })).toMatchObject({ dwKeyContainersAvailable: 18, dwMaxKeyContainers: 24 }),
    negative: ['SCARD_E_INVALID_PARAMETER', (card) => card.CardQueryFreeSpace(2, { dwVersion: 1 })],
  },
  CardQueryKeySizes: {
    positive: async (card) =>
      expect(await card.CardQueryKeySizes(m.AT_KEYEXCHANGE, 0, { dwVersion: 1 })).toEqual({
        dwVersion: 1,
        dwMinimumBitlen: 2048,
        dwDefaultBitlen: 2048,
        dwMaximumBitlen: 4096,
        dwIncrementalBitlen: 1024,
      }),
    negative: ['SCARD_E_UNSUPPORTED_FEATURE', (card) => card.CardQueryKeySizes(m.AT_ECDSA_P521, 0, { dwVersion: 1 })],
  },
  CardSignData: {
    positive: async (card) => {
      const { pbSignedData } = await card.CardSignData(signing());
      const key = createPublicKey(KEYS[3]);
      // A hash of octets 09: signed as it is, so the verification takes it as the message's hash.
      const { ecdsaVerifyPrehash } = await import('./minidriver-verify.ts');
      expect(ecdsaVerifyPrehash(key, bytes(32).fill(9), pbSignedData ?? bytes(0))).toBe(true);
      expect(ecdsaVerifyPrehash(key, bytes(32).fill(8), pbSignedData ?? bytes(0))).toBe(false);
    },
    negative: ['SCARD_E_NO_KEY_CONTAINER', (card) => card.CardSignData(signing({ bContainerIndex: 9 }))],
  },
  CardRSADecrypt: {
    positive: async (card) => {
      await user(card);
      const cipher = copy(publicEncrypt({ key: createPublicKey(KEYS[2]), padding: constants.RSA_PKCS1_PADDING }, Buffer.from('hello')));
      const info = { dwVersion: 2, bContainerIndex: 2, dwKeySpec: m.AT_KEYEXCHANGE, pbData: reversed(cipher), dwPaddingType: m.CARD_PADDING_PKCS1 };
      expect(Buffer.from(reversed((await given(card.CardRSADecrypt)(info)).pbData)).toString()).toBe('hello');
    },
    negative: [
      'SCARD_E_INSUFFICIENT_BUFFER',
      (card) => given(card.CardRSADecrypt)({ dwVersion: 2, bContainerIndex: 2, dwKeySpec: 1, pbData: bytes(255), dwPaddingType: 2 }),
    ],
  },
  CardConstructDHAgreement: {
    positive: async (card) => {
      const index = await agree(card);
      const { pbDerivedKey } = await derive(card, index);
      const expected = diffieHellman({ privateKey: other.privateKey, publicKey: createPublicKey(KEYS[4]) });
      expect(toHex(reversed(pbDerivedKey ?? bytes(0)))).toBe(expected.toString('hex'));
    },
    negative: [
      'ERROR_REVISION_MISMATCH',
      (card) => given(card.CardConstructDHAgreement)({ dwVersion: 1, bContainerIndex: 4, dwFlags: 0, pbPublicKey: otherBlob }),
    ],
  },
  CardDeriveKey: {
    positive: async (card) => expect((await derive(card, await agree(card), 2)).cbDerivedKey).toBe(32),
    negative: ['SCARD_E_INVALID_PARAMETER', (card) => derive(card, 3)],
  },
  CardDestroyDHAgreement: {
    positive: async (card) => {
      const index = await agree(card);
      await given(card.CardDestroyDHAgreement)(index, 0);
      expect(await code(derive(card, index))).toBe('SCARD_E_INVALID_PARAMETER');
    },
    negative: ['SCARD_E_INVALID_PARAMETER', (card) => given(card.CardDestroyDHAgreement)(7, 0)],
  },
  CardGetChallengeEx: {
    positive: async (card) => expect((await card.CardGetChallengeEx(m.ROLE_ADMIN, 0)).length).toBe(16),
    negative: ['SCARD_E_INVALID_PARAMETER', (card) => card.CardGetChallengeEx(m.ROLE_USER, 0)],
  },
  CardAuthenticateEx: {
    positive: async (card) => {
      expect(await card.CardAuthenticateEx(3, 0, PIN)).toEqual({ pbSessionPin: null });
      await card.CardAuthenticateEx(m.ROLE_ADMIN, 0, await adminResponse(await card.CardGetChallengeEx(m.ROLE_ADMIN, 0)));
      expect(await state(card)).toBe(0x0e);
    },
    negative: ['SCARD_E_UNSUPPORTED_FEATURE', (card) => card.CardAuthenticateEx(1, m.CARD_AUTHENTICATE_GENERATE_SESSION_PIN, PIN)],
  },
  CardChangeAuthenticatorEx: {
    positive: async (card) => {
      await card.CardChangeAuthenticatorEx(m.PIN_CHANGE_FLAG_UNBLOCK, 4, PUK, 1, NEXT, 0);
      expect(await state(card)).toBe(0);
      await card.CardChangeAuthenticatorEx(m.PIN_CHANGE_FLAG_CHANGEPIN, 1, NEXT, 1, PIN, 0);
      expect(await state(card)).toBe(0x0a);
    },
    negative: ['SCARD_E_INVALID_PARAMETER', (card) => card.CardChangeAuthenticatorEx(3, 1, PIN, 1, NEXT, 0)],
  },
  CardDeauthenticateEx: {
    positive: async (card) => {
      await user(card);
      await card.CardDeauthenticateEx(m.PIN_SET_ALL_ROLES, 0);
      expect(await state(card)).toBe(0);
    },
    negative: ['SCARD_E_INVALID_PARAMETER', (card) => card.CardDeauthenticateEx(0x100, 0)],
  },
  CardGetContainerProperty: {
    positive: async (card) => expect(await card.CardGetContainerProperty(1, m.CCP_ASSOCIATED_ECDH_KEY, 0)).toBe(4),
    negative: ['SCARD_E_INVALID_PARAMETER', (card) => card.CardGetContainerProperty(0, m.CCP_ASSOCIATED_ECDH_KEY, 0)],
  },
  CardSetContainerProperty: {
    positive: async (card) => {
      await user(card);
      await card.CardCreateContainerEx(8, 1, m.AT_ECDHE_P256, 0, null, 1);
      await card.CardSetContainerProperty(1, m.CCP_ASSOCIATED_ECDH_KEY, 8, 0);
      expect(await card.CardGetContainerProperty(1, m.CCP_ASSOCIATED_ECDH_KEY, 0)).toBe(8);
    },
    negative: [
      'SCARD_E_INVALID_PARAMETER',
      async (card) => {
        await user(card);
        return card.CardSetContainerProperty(1, m.CCP_ASSOCIATED_ECDH_KEY, 5, 0);
      },
    ],
  },
  CardGetProperty: {
    positive: async (card) => expect(await card.CardGetProperty(m.CP_CARD_LIST_PINS, 0)).toBe(0x1e),
    negative: ['ERROR_INSUFFICIENT_BUFFER', (card) => card.CardGetProperty(m.CP_CARD_GUID, 0, { cbData: 15 })],
  },
  CardSetProperty: {
    positive: async (card) => card.CardSetProperty(m.CP_PIN_CONTEXT_STRING, 'why', 0),
    negative: ['SCARD_E_UNSUPPORTED_FEATURE', (card) => card.CardSetProperty(m.CP_CARD_READ_ONLY as never, true as never, 0)],
  },
  MDImportSessionKey: injection((card) => card.MDImportSessionKey('KeyDataBlob', 'AES', bytes(28))),
  MDEncryptData: injection((card) => card.MDEncryptData(1, 'Import Key Pair', bytes(24), 0)),
  CardImportSessionKey: injection((card) => card.CardImportSessionKey(2, null, 'KeyDataBlob', 'AES', bytes(268), m.CARD_PADDING_PKCS1)),
  CardGetSharedKeyHandle: injection((card) => card.CardGetSharedKeyHandle(null)),
  CardGetAlgorithmProperty: injection((card) => card.CardGetAlgorithmProperty('AES', m.CP_CARD_KEYSIZES, 0)),
  CardGetKeyProperty: injection((card) => card.CardGetKeyProperty(1, 'BlockLength', 0)),
  CardSetKeyProperty: injection((card) => card.CardSetKeyProperty(1, 'ChainingMode', 'ChainingModeCBC', 0)),
  CardDestroyKey: injection((card) => card.CardDestroyKey(1)),
  CardProcessEncryptedData: injection((card) => card.CardProcessEncryptedData(1, 'Authenticate', [bytes(16)], 0)),
};

describe('45 entry points: a positive and a negative test each', () => {
  const names = Object.keys(PAIRS) as Name[];
  let image: unknown;
  beforeAll(async () => {
    image = await preparedImage();
  });

  it('the table names exactly the 45', () => {
    expect([...names].sort()).toEqual(['CardAcquireContext', ...Object.keys(ENTRY_POINT_VERSIONS)].sort());
    expect(names.length).toBe(45);
    console.log(`entry points: ${names.length} positive, ${names.length} negative tests`);
  });

  it.each(names)('%s Positive', async (name) => {
    const bench = new Bench({ image });
    await PAIRS[name].positive(await bench.acquire(), bench);
  });

  it.each(names)('%s Negative', async (name) => {
    const bench = new Bench({ image });
    const [expected, call] = PAIRS[name].negative;
    expect(await code(call(await bench.acquire(), bench))).toBe(expected);
  });

  it('planted: a card whose signatures are wrong fails the positive test of CardSignData', async () => {
    const bench = new Bench({ image, card: { defects: ['bad-signature'] } });
    await expect(PAIRS.CardSignData.positive(await bench.acquire(), bench)).rejects.toThrow();
  });
});
