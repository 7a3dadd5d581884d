import { expect } from 'vitest';
import { bytes, copy, toHex } from '../../src/codec/index.ts';
import * as m from '../../src/minidriver/index.ts';
import { code } from '../unit/minidriver/outcomes.ts';
import { testCertificate } from '../unit/piv/test-certificate.ts';
import { adminResponse, PIN, PUK, publicKeyOf, WRONG_PIN } from './minidriver-bench.ts';
import { NEXT, type Pair, type RoleOrFile, state, user } from './minidriver-pair.ts';

/* PINs, challenges and files. */

export const ROLE_AND_FILE_PAIRS: Readonly<Record<RoleOrFile, Pair>> = {
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
};
