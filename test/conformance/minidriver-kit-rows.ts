import { bytes } from '../../src/codec/index.ts';
import * as m from '../../src/minidriver/index.ts';
import { type Bench, PIN } from './minidriver-bench.ts';
import { NULL } from '../unit/minidriver/outcomes.ts';
import { INVALID, OK, REVISION, row, type Row } from './minidriver-kit-row.ts';

/* Context, sizes, containers, PINs and files. */

const LONG_NAME = 'x'.repeat(300);
/** CardAcquireContext on fields changed so. */
const acquire =
  (fields: Parameters<Bench['data']>[0], dwFlags = 0): Row['call'] =>
  (_, bench) =>
    bench.module.CardAcquireContext(bench.data(fields), dwFlags);

const ACQUIRE: readonly Row[] = [
  row('CardAcquireContext Positive', '5.1', 'version 7', OK, acquire({ dwVersion: 7 }), true),
  row('CardAcquireContext Positive', '5.1', 'a newer version is negotiated down', OK, acquire({ dwVersion: 8 }), true),
  row(
    'CardAcquireContext Positive',
    '5.1',
    'cache callbacks NULL',
    OK,
    acquire({ pfnCspCacheAddFile: null, pfnCspCacheLookupFile: null, pfnCspCacheDeleteFile: null }),
    true,
  ),
  row('CardAcquireContext Positive', '5.1', 'pfnCspGetDHAgreement NULL', OK, acquire({ pfnCspGetDHAgreement: null }), true),
  row('CardAcquireContext Negative', '5.1', 'pCardData NULL', INVALID, (_, bench) => bench.module.CardAcquireContext(NULL, 0)),
  row('CardAcquireContext Negative', '5.1', 'dwFlags 2', INVALID, acquire({}, 2)),
  row('CardAcquireContext Negative', '5.1', 'dwFlags 0xFFFFFFFF', INVALID, acquire({}, 0xffffffff)),
  row('CardAcquireContext Negative', '5.1', 'dwFlags 1 without key injection', 'SCARD_E_UNSUPPORTED_FEATURE', acquire({}, 1)),
  row('CardAcquireContext Negative', '5.1', 'version 0', REVISION, acquire({ dwVersion: 0 })),
  row('CardAcquireContext Negative', '5.1', 'version 3', REVISION, acquire({ dwVersion: 3 })),
  row('CardAcquireContext Negative', '5.1', 'pbAtr NULL', INVALID, acquire({ pbAtr: NULL })),
  ...[0, 2, 0x22, 0x1000].map((length) =>
    row('CardAcquireContext Negative', '5.1', `cbAtr ${length}`, INVALID, acquire({ pbAtr: bytes(length).fill(0x3b) })),
  ),
  row('CardAcquireContext Negative', '5.1', 'pwszCardName NULL', INVALID, acquire({ pwszCardName: NULL })),
  ...[0xff, 0x00].map((octet) =>
    row(
      'CardAcquireContext Negative',
      '5.1',
      `an ATR of ${octet.toString(16)} alone`,
      'SCARD_E_UNKNOWN_CARD',
      acquire({ pbAtr: bytes(20).fill(octet) }),
    ),
  ),
  row('CardAcquireContext Negative', '5.1', 'pfnCspAlloc NULL', INVALID, acquire({ pfnCspAlloc: NULL })),
  row('CardAcquireContext Negative', '5.1', 'pfnCspReAlloc NULL', INVALID, acquire({ pfnCspReAlloc: NULL })),
  row('CardAcquireContext Negative', '5.1', 'pfnCspFree NULL', INVALID, acquire({ pfnCspFree: NULL })),
  row('CardAcquireContext Negative', '5.1', 'hScard 0', 'SCARD_E_INVALID_HANDLE', acquire({ hScard: 0 as never })),
  row('CardAcquireContext Negative', '5.1', 'hSCardCtx 0', 'SCARD_E_INVALID_HANDLE', acquire({ hSCardCtx: 0 })),
  row('CardDeleteContext Negative', '5.1', 'a context that is none', INVALID, (_, bench) => bench.data().CardDeleteContext()),
];

/** A structure of a version. */
const v = (dwVersion: number): m.VersionedRequest => ({ dwVersion });

const SIZES: readonly Row[] = [
  ...[0, 1].map((n) => row('CardQueryCapabilities Positive', '5.2', `version ${n}`, OK, (card) => card.CardQueryCapabilities(v(n)))),
  row('CardQueryCapabilities Negative', '5.2', 'NULL', INVALID, (card) => card.CardQueryCapabilities(NULL)),
  ...[2, 257].map((n) => row('CardQueryCapabilities Negative', '5.2', `version ${n}`, REVISION, (card) => card.CardQueryCapabilities(v(n)))),
  ...[0, 1].map((n) => row('CardQueryFreeSpace Positive', '5.2', `version ${n}`, OK, (card) => card.CardQueryFreeSpace(0, v(n)), true)),
  row('CardQueryFreeSpace Negative', '5.2', 'NULL', INVALID, (card) => card.CardQueryFreeSpace(0, NULL)),
  row('CardQueryFreeSpace Negative', '5.2', 'flags', INVALID, (card) => card.CardQueryFreeSpace(1, v(1))),
  ...[2, 255].map((n) => row('CardQueryFreeSpace Negative', '5.2', `version ${n}`, REVISION, (card) => card.CardQueryFreeSpace(0, v(n)))),
  ...[m.AT_KEYEXCHANGE, m.AT_SIGNATURE, m.AT_ECDSA_P256, m.AT_ECDHE_P384].map((spec) =>
    row('CardQueryKeySizes Positive', '5.2', `key specification ${spec}`, OK, (card) => card.CardQueryKeySizes(spec, 0, v(1))),
  ),
  row('CardQueryKeySizes Negative', '5.2', 'NULL', INVALID, (card) => card.CardQueryKeySizes(1, 0, NULL)),
  row('CardQueryKeySizes Negative', '5.2', 'flags', INVALID, (card) => card.CardQueryKeySizes(1, 1, v(1))),
  ...[0, 9, 0xffffffff].map((spec) =>
    row('CardQueryKeySizes Negative', '5.2', `undefined key specification ${spec}`, INVALID, (card) => card.CardQueryKeySizes(spec, 0, v(1))),
  ),
  row('CardQueryKeySizes Negative', '5.2', 'defined and not on the card: P-521', 'SCARD_E_UNSUPPORTED_FEATURE', (card) =>
    card.CardQueryKeySizes(5, 0, v(1)),
  ),
  ...[2, 65537].map((n) => row('CardQueryKeySizes Negative', '5.2', `version ${n}`, REVISION, (card) => card.CardQueryKeySizes(1, 0, v(n)))),
];

const CONTAINERS: readonly Row[] = [
  ...[0, 1].map((n) => row('CardGetContainerInfo Positive', '5.3', `version ${n}`, OK, (card) => card.CardGetContainerInfo(0, 0, v(n)), true)),
  row('CardGetContainerInfo Negative', '5.3', 'NULL', INVALID, (card) => card.CardGetContainerInfo(0, 0, NULL)),
  row('CardGetContainerInfo Negative', '5.3', 'flags', INVALID, (card) => card.CardGetContainerInfo(0, 1, v(1))),
  ...[2, 257].map((n) => row('CardGetContainerInfo Negative', '5.3', `version ${n}`, REVISION, (card) => card.CardGetContainerInfo(0, 0, v(n)))),
  ...[24, 255].map((n) =>
    row('CardGetContainerInfo Negative', '5.3', `index ${n}`, 'SCARD_E_NO_KEY_CONTAINER', (card) => card.CardGetContainerInfo(n, 0, v(1))),
  ),
  row(
    'CardGetContainerInfo Negative',
    '5.3',
    'an empty container',
    'SCARD_E_NO_KEY_CONTAINER',
    (card) => card.CardGetContainerInfo(9, 0, v(1)),
    true,
  ),
];

const PINS: readonly Row[] = [
  row('CardAuthenticatePin Positive', '5.4', 'user', OK, (card) => card.CardAuthenticatePin('user', PIN), true),
  ...[NULL, '', 'anonymous', 'User', LONG_NAME].map((name) =>
    row('CardAuthenticatePin Negative', '5.4', `user name ${String(name).slice(0, 12)}`, INVALID, (card) => card.CardAuthenticatePin(name, PIN)),
  ),
  row('CardAuthenticatePin Negative', '5.4', 'pbPin NULL', INVALID, (card) => card.CardAuthenticatePin('user', NULL)),
  ...[0, 1, 5, 9, 0x10000].map((length) =>
    row(
      'CardAuthenticatePin Negative',
      '5.4',
      `cbPin ${length}`,
      'SCARD_W_WRONG_CHV',
      (card) => card.CardAuthenticatePin('user', bytes(length).fill(0x31)),
      true,
    ),
  ),
  row('CardAuthenticateEx Positive', '5.4', 'ROLE_USER', OK, (card) => card.CardAuthenticateEx(1, 0, PIN), true),
  row('CardAuthenticateEx Negative', '5.4', 'cbPinData 0', INVALID, (card) => card.CardAuthenticateEx(1, 0, bytes(0))),
  row('CardAuthenticateEx Negative', '5.4', 'pbPinData NULL', INVALID, (card) => card.CardAuthenticateEx(1, 0, null)),
  row('CardAuthenticateEx Negative', '5.4', 'PinId 8', INVALID, (card) => card.CardAuthenticateEx(8, 0, PIN)),
  row('CardAuthenticateEx Negative', '5.4', 'an undefined flag', INVALID, (card) => card.CardAuthenticateEx(1, 1, PIN)),
  row(
    'CardAuthenticateEx Negative',
    '5.4',
    'a wrong length',
    'SCARD_W_WRONG_CHV',
    (card) => card.CardAuthenticateEx(1, 0, bytes(9).fill(0x31)),
    true,
  ),
  row('CardDeauthenticateEx Positive', '5.4', 'all roles', [OK, 'SCARD_E_UNSUPPORTED_FEATURE'], (card) => card.CardDeauthenticateEx(0xff, 0), true),
  row('CardDeauthenticateEx Negative', '5.4', 'flags', INVALID, (card) => card.CardDeauthenticateEx(0xff, 1)),
  row('CardChangeAuthenticatorEx Negative', '5.4', 'a way that the card has not: 9B unblocks nothing', 'SCARD_E_UNSUPPORTED_FEATURE', (card) =>
    card.CardChangeAuthenticatorEx(1, 2, bytes(16), 1, PIN, 0),
  ),
];

const FILES: readonly Row[] = [
  ...[
    ['', 'cardid'],
    ['', 'cardcf'],
    ['', 'cardapps'],
    ['mscp', 'cmapfile'],
    ['mscp', 'kxc00'],
    ['mscp', 'ksc01'],
  ].map(([dir = '', file = '']) => row('CardReadFile Positive', '5.5', `${dir}/${file}`, OK, (card) => card.CardReadFile(dir, file, 0), true)),
  row('CardReadFile Negative', '5.5', 'file NULL', INVALID, (card) => card.CardReadFile(null, NULL, 0)),
  row('CardReadFile Negative', '5.5', 'file empty', INVALID, (card) => card.CardReadFile(null, '', 0)),
  row('CardReadFile Negative', '5.5', 'file name too long', INVALID, (card) => card.CardReadFile(null, 'cardidcardid', 0)),
  row('CardReadFile Negative', '5.5', 'directory name too long', INVALID, (card) => card.CardReadFile('mscpmscpm', 'cmapfile', 0)),
  row('CardReadFile Negative', '5.5', 'flags', INVALID, (card) => card.CardReadFile(null, 'cardid', 1)),
  row('CardReadFile Negative', '5.5', 'directory missing', 'SCARD_E_DIR_NOT_FOUND', (card) => card.CardReadFile('nowhere', 'cmapfile', 0)),
  row('CardReadFile Negative', '5.5', 'a file for a directory', 'SCARD_E_DIR_NOT_FOUND', (card) => card.CardReadFile('cardid', 'cmapfile', 0)),
  row('CardReadFile Negative', '5.5', 'file missing', 'SCARD_E_FILE_NOT_FOUND', (card) => card.CardReadFile(null, 'nothing', 0), true),
  row('CardReadFile Negative', '5.5', 'a directory for a file', 'SCARD_E_FILE_NOT_FOUND', (card) => card.CardReadFile(null, 'mscp', 0), true),
  row('CardEnumFiles Positive', '5.5', 'root', OK, (card) => card.CardEnumFiles(null, 0), true),
  row('CardEnumFiles Positive', '5.5', 'mscp', OK, (card) => card.CardEnumFiles('mscp', 0), true),
  row('CardEnumFiles Negative', '5.5', 'flags', INVALID, (card) => card.CardEnumFiles(null, 1)),
  row('CardEnumFiles Negative', '5.5', 'name too long', INVALID, (card) => card.CardEnumFiles('mscpmscpm', 0)),
  row('CardEnumFiles Negative', '5.5', 'directory missing', 'SCARD_E_DIR_NOT_FOUND', (card) => card.CardEnumFiles('nowhere', 0)),
  row(
    'CardEnumFiles Negative',
    '5.5',
    'an empty directory',
    'SCARD_E_FILE_NOT_FOUND',
    async (card) => {
      await card.CardAuthenticatePin('user', PIN);
      await card.CardCreateDirectory('empty', m.UserCreateDeleteDirAc);
      return card.CardEnumFiles('empty', 0);
    },
    true,
  ),
  row('CardGetFileInfo Positive', '5.5', 'cardid', OK, (card) => card.CardGetFileInfo(null, 'cardid', v(1)), true),
  row('CardGetFileInfo Positive', '5.5', 'a certificate', OK, (card) => card.CardGetFileInfo('mscp', 'kxc00', v(0)), true),
  row('CardGetFileInfo Negative', '5.5', 'structure NULL', INVALID, (card) => card.CardGetFileInfo(null, 'cardid', NULL)),
  row('CardGetFileInfo Negative', '5.5', 'file NULL', INVALID, (card) => card.CardGetFileInfo(null, NULL, v(1))),
  row('CardGetFileInfo Negative', '5.5', 'file empty', INVALID, (card) => card.CardGetFileInfo(null, '', v(1))),
  row('CardGetFileInfo Negative', '5.5', 'version 2', REVISION, (card) => card.CardGetFileInfo(null, 'cardid', v(2))),
  row('CardGetFileInfo Negative', '5.5', 'directory missing', 'SCARD_E_DIR_NOT_FOUND', (card) => card.CardGetFileInfo('nowhere', 'cardid', v(1))),
  row('CardGetFileInfo Negative', '5.5', 'file missing', 'SCARD_E_FILE_NOT_FOUND', (card) => card.CardGetFileInfo(null, 'nothing', v(1)), true),
];

export const CARD_ROWS: readonly Row[] = [...ACQUIRE, ...SIZES, ...CONTAINERS, ...PINS, ...FILES];
