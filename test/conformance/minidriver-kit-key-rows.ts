import { createHash } from 'node:crypto';
import { type Bytes, bytes, copy } from '../../src/codec/index.ts';
import * as m from '../../src/minidriver/index.ts';
import { PIN } from './minidriver-bench.ts';
import { NULL } from '../unit/minidriver/outcomes.ts';
import { INVALID, OK, REVISION, row, type Row } from './minidriver-kit-row.ts';

/* Signatures and properties. */

export const hash = (name: string): Bytes => copy(createHash(name).update('kit').digest());

export const signing = (more: Partial<m.CARD_SIGNING_INFO>): m.CARD_SIGNING_INFO => ({
  dwVersion: 1,
  bContainerIndex: 0,
  dwKeySpec: m.AT_KEYEXCHANGE,
  dwSigningFlags: 0,
  aiHashAlg: m.CALG_SHA_256,
  pbData: hash('sha256'),
  ...more,
});

const signed =
  (more: Partial<m.CARD_SIGNING_INFO>): Row['call'] =>
  async (card) => {
    await card.CardAuthenticatePin('user', PIN);
    return card.CardSignData(signing(more));
  };

const SIGN: readonly Row[] = [
  row('CardSignData Negative', '5.6', 'pInfo NULL', INVALID, (card) => card.CardSignData(NULL)),
  row('CardSignData Negative', '5.6', 'pbData NULL', INVALID, (card) => card.CardSignData(signing({ pbData: null }))),
  row('CardSignData Negative', '5.6', 'version 65538', REVISION, (card) => card.CardSignData(signing({ dwVersion: 65538 }))),
  row('CardSignData Negative', '5.6', 'version 0', REVISION, (card) => card.CardSignData(signing({ dwVersion: 0 }))),
  row('CardSignData Negative', '5.6', 'dwKeySpec 0', INVALID, (card) => card.CardSignData(signing({ dwKeySpec: 0 }))),
  row('CardSignData Negative', '5.6', 'dwSigningFlags 0xFFFFFFFF', INVALID, (card) => card.CardSignData(signing({ dwSigningFlags: 0xffffffff }))),
  row('CardSignData Negative', '5.6', 'ALG_ID 0x10000000', INVALID, (card) => card.CardSignData(signing({ aiHashAlg: 0x10000000 }))),
  row('CardSignData Negative', '5.6', 'a real hash that can not be signed: CALG_MAC', 'SCARD_E_UNSUPPORTED_FEATURE', (card) =>
    card.CardSignData(signing({ aiHashAlg: m.CALG_MAC })),
  ),
  row(
    'CardSignData Negative',
    '5.6',
    'an empty container',
    'SCARD_E_NO_KEY_CONTAINER',
    (card) => card.CardSignData(signing({ bContainerIndex: 9 })),
    true,
  ),
  row(
    'CardSignData Positive',
    '5.6',
    'CARD_BUFFER_SIZE_ONLY',
    OK,
    (card) => card.CardSignData(signing({ dwSigningFlags: m.CARD_BUFFER_SIZE_ONLY, pbData: null })),
    true,
  ),
  row('CardSignData Positive', '5.6', 'version 2 without padding information', OK, signed({ dwVersion: 2 }), true),
];

const ABSURD = 'Free Spac'.repeat(100);

const PROPERTIES: readonly Row[] = [
  ...(
    [
      [m.CP_CARD_FREE_SPACE, 0],
      [m.CP_CARD_CAPABILITIES, 0],
      [m.CP_CARD_KEYSIZES, m.AT_SIGNATURE],
      [m.CP_CARD_KEYSIZES, m.AT_ECDHE_P256],
      [m.CP_CARD_READ_ONLY, 0],
      [m.CP_CARD_CACHE_MODE, 0],
      [m.CP_SUPPORTS_WIN_X509_ENROLLMENT, 0],
      [m.CP_CARD_GUID, 0],
      [m.CP_CARD_SERIAL_NO, 0],
      ...[0, 1, 2, 3, 4].map((id) => [m.CP_CARD_PIN_INFO, id] as const),
      [m.CP_CARD_LIST_PINS, 0],
      [m.CP_CARD_AUTHENTICATED_STATE, 0],
      [m.CP_CARD_PIN_STRENGTH_VERIFY, 1],
      [m.CP_KEY_IMPORT_SUPPORT, 0],
      [m.CP_ENUM_ALGORITHMS, m.CARD_ASYMMETRIC_OPERATION],
      [m.CP_PADDING_SCHEMES, m.CARD_ASYMMETRIC_OPERATION],
    ] as const
  ).map(([name, flags]) => row('CardGetProperty Positive', '7', `${name}, ${flags}`, OK, (card) => card.CardGetProperty(name, flags), true)),
  ...[0, 1].map((n) =>
    row(
      'CardGetProperty Positive',
      '7',
      `Free Space version ${n}`,
      OK,
      (card) => card.CardGetProperty(m.CP_CARD_FREE_SPACE, 0, { dwVersion: n }),
      true,
    ),
  ),
  ...([m.CP_CARD_PIN_STRENGTH_CHANGE, m.CP_CARD_PIN_STRENGTH_UNBLOCK, m.CP_CHAINING_MODES] as const).map((name) =>
    row('CardGetProperty Negative', '7', name, 'SCARD_E_UNSUPPORTED_FEATURE', (card) => card.CardGetProperty(name as never, 0)),
  ),
  row('CardGetProperty Negative', '7', 'ciphers', 'SCARD_E_UNSUPPORTED_FEATURE', (card) =>
    card.CardGetProperty(m.CP_ENUM_ALGORITHMS, m.CARD_CIPHER_OPERATION),
  ),
  ...([NULL, '', 'No Such Property', 'free space', ABSURD] as never[]).map((name) =>
    row('CardGetProperty Negative', '5.9', `name ${String(name).slice(0, 20)}`, INVALID, (card) => card.CardGetProperty(name, 0)),
  ),
  row('CardGetProperty Negative', '5.9', 'pbData NULL', INVALID, (card) => card.CardGetProperty(m.CP_CARD_FREE_SPACE, 0, NULL)),
  row('CardGetProperty Negative', '5.9', 'a flag where none is defined', INVALID, (card) => card.CardGetProperty(m.CP_CARD_FREE_SPACE, 1)),
  row(
    'CardGetProperty Negative',
    '5.9',
    'a buffer too small',
    ['ERROR_INSUFFICIENT_BUFFER', 'SCARD_E_INSUFFICIENT_BUFFER'],
    (card) => card.CardGetProperty(m.CP_CARD_FREE_SPACE, 0, { cbData: 15 }),
    true,
  ),
  row('CardGetProperty Negative', '5.9', 'PIN of no role', INVALID, (card) => card.CardGetProperty(m.CP_CARD_PIN_INFO, 9)),
  row('CardGetProperty Negative', '5.9', 'PIN_INFO of version 5', REVISION, (card) => card.CardGetProperty(m.CP_CARD_PIN_INFO, 1, { dwVersion: 5 })),
  ...([NULL, '', ABSURD] as never[]).map((name) =>
    row('CardSetProperty Negative', '5.9', `name ${String(name).slice(0, 20)}`, INVALID, (card) => card.CardSetProperty(name, 0 as never, 0)),
  ),
  row('CardSetProperty Negative', '5.9', 'an unknown property', ['SCARD_E_UNSUPPORTED_FEATURE', INVALID], (card) =>
    card.CardSetProperty('No Such Property' as never, 0 as never, 0),
  ),
  ...[
    m.CP_CARD_FREE_SPACE,
    m.CP_CARD_CAPABILITIES,
    m.CP_CARD_KEYSIZES,
    m.CP_CARD_LIST_PINS,
    m.CP_CARD_AUTHENTICATED_STATE,
    m.CP_KEY_IMPORT_SUPPORT,
    m.CP_ENUM_ALGORITHMS,
    m.CP_PADDING_SCHEMES,
    m.CP_CHAINING_MODES,
  ].map((name) =>
    row(
      'CardSetProperty Negative',
      '5.9',
      `read-only property ${name}`,
      ['SCARD_E_UNSUPPORTED_FEATURE', 'SCARD_W_SECURITY_VIOLATION', INVALID],
      (card) => card.CardSetProperty(name as never, 0 as never, 0),
    ),
  ),
  row('CardSetProperty Negative', '5.9', 'Card Identifier without authentication', 'SCARD_W_SECURITY_VIOLATION', (card) =>
    card.CardSetProperty(m.CP_CARD_GUID, bytes(16).fill(1), 0),
  ),
  row(
    'CardSetProperty Negative',
    '5.9',
    'Card Identifier by the user, where the administrator is wanted',
    'SCARD_W_SECURITY_VIOLATION',
    async (card) => {
      await card.CardAuthenticatePin('user', PIN);
      return card.CardSetProperty(m.CP_CARD_GUID, bytes(16).fill(1), 0);
    },
    true,
  ),
  ...[0, {}].map((value) =>
    row('CardSetProperty Positive', '7', `Parent Window ${typeof value}`, OK, (card) => card.CardSetProperty(m.CP_PARENT_WINDOW, value, 0)),
  ),
  row('CardSetProperty Negative', '7', 'Parent Window of a wrong kind', INVALID, (card) =>
    card.CardSetProperty(m.CP_PARENT_WINDOW, 'window' as never, 0),
  ),
  row('CardSetProperty Positive', '7', 'PIN Context String', OK, (card) => card.CardSetProperty(m.CP_PIN_CONTEXT_STRING, 'for the kit', 0)),
  ...([m.CCP_CONTAINER_INFO, m.CCP_PIN_IDENTIFIER] as const).map((name) =>
    row('CardGetContainerProperty Positive', '8', name, OK, (card) => card.CardGetContainerProperty(0, name, 0), true),
  ),
  row(
    'CardGetContainerProperty Positive',
    '8',
    m.CCP_ASSOCIATED_ECDH_KEY,
    OK,
    (card) => card.CardGetContainerProperty(1, m.CCP_ASSOCIATED_ECDH_KEY, 0),
    true,
  ),
  ...([NULL, '', 'No Such Property', ABSURD] as never[]).map((name) =>
    row('CardGetContainerProperty Negative', '5.9', `name ${String(name).slice(0, 20)}`, INVALID, (card) =>
      card.CardGetContainerProperty(0, name, 0),
    ),
  ),
  row('CardGetContainerProperty Negative', '5.9', 'pbData NULL', INVALID, (card) => card.CardGetContainerProperty(0, m.CCP_PIN_IDENTIFIER, 0, NULL)),
  row('CardGetContainerProperty Negative', '5.9', 'flags', INVALID, (card) => card.CardGetContainerProperty(0, m.CCP_PIN_IDENTIFIER, 1)),
  row(
    'CardGetContainerProperty Negative',
    '5.9',
    'container missing',
    'SCARD_E_NO_KEY_CONTAINER',
    (card) => card.CardGetContainerProperty(9, m.CCP_PIN_IDENTIFIER, 0),
    true,
  ),
  row(
    'CardSetContainerProperty Negative',
    '5.9',
    'container missing',
    'SCARD_E_NO_KEY_CONTAINER',
    (card) => card.CardSetContainerProperty(9, m.CCP_PIN_IDENTIFIER, 1, 0),
    true,
  ),
  row(
    'CardSetContainerProperty Negative',
    '5.9',
    'without authentication',
    'SCARD_W_SECURITY_VIOLATION',
    (card) => card.CardSetContainerProperty(0, m.CCP_PIN_IDENTIFIER, 1, 0),
    true,
  ),
];

export const KEY_ROWS: readonly Row[] = [...SIGN, ...PROPERTIES];
