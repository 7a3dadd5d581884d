import { constants, createPublicKey, diffieHellman, publicEncrypt } from 'node:crypto';
import { expect } from 'vitest';
import { bytes, copy, reversed, toHex } from '../../src/codec/index.ts';
import * as m from '../../src/minidriver/index.ts';
import { code } from '../unit/minidriver/outcomes.ts';
import { given, KEYS } from './minidriver-bench.ts';
import { agree, derive, injection, other, otherBlob, type Pair, type KeyOrContext, signing, user } from './minidriver-pair.ts';
import { ecdsaVerifyPrehash } from './minidriver-verify.ts';

/* Contexts, containers, keys and properties. */

export const KEY_PAIRS: Readonly<Record<KeyOrContext, Pair>> = {
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
