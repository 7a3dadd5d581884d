import { type Bytes, fromHex } from '../../src/codec/index.ts';
import type { CardTransaction } from '../../src/channel/index.ts';
import * as m from '../../src/minidriver/index.ts';
import { typedManagementKey } from '../../src/piv/index.ts';

/* What is done with a card in the page or worker under test: every entry point, with each kind of key and padding. Octets travel as hex. */

/** A key to import, and where it goes. */
export interface KeyPlace {
  readonly index: number;
  readonly spec: number;
  readonly bits: number;
  readonly blob: string;
  readonly certificate: string;
}

/** What the test knows and the page does not: made by node:crypto. */
export interface Material {
  readonly managementKey: string;
  readonly keys: Readonly<Record<'rsaSign' | 'rsaDecrypt' | 'ecdsa' | 'ecdh', KeyPlace>>;
  /** BCRYPT_ECCKEY_BLOB of the other party's P-256 key. */
  readonly other: string;
  /** SHA-256 of a message. */
  readonly hash: string;
  /** A number below both moduli, natural order. */
  readonly block: string;
  /** Ciphertexts for `rsaDecrypt`, little-endian. */
  readonly pkcs1: string;
  readonly oaep: string;
  readonly rawBlock: string;
}

export const PIN: Bytes = new TextEncoder().encode('123456');
const NEXT: Bytes = new TextEncoder().encode('654321');
const PUK: Bytes = new TextEncoder().encode('12345678');
const OWN_FILE: Bytes = new TextEncoder().encode('a file of the caller');
/** Octets that the parameters of the derivations are made of. */
export const LABEL: Bytes = new TextEncoder().encode('label');
export const SEED: Bytes = new Uint8Array(64).fill(7);

export interface Bench {
  readonly module: m.CardModule<CardTransaction>;
  readonly card: m.CARD_DATA<CardTransaction>;
  readonly material: Material;
  /** Left by one step for a later one. */
  agreement: number;
  response: Bytes;
}

export interface Step {
  /** The function, and after a colon what of it; as in the README's table. */
  readonly name: string;
  /** What has to be there before, done by another operation. */
  readonly before?: (bench: Bench) => Promise<unknown>;
  readonly run: (bench: Bench) => Promise<unknown>;
}

function given<T>(member: T | null): T {
  if (member === null) throw new Error('the member is NULL');
  return member;
}

/** The holder of key 9B answers the card's challenge. */
async function respond(bench: Bench): Promise<void> {
  const challenge = await bench.card.CardGetChallenge();
  bench.response = await typedManagementKey(fromHex(bench.material.managementKey)).external(challenge, 'AES-192');
}

const generated =
  (index: number, spec: number, bits: number, PinId?: number) =>
  ({ card }: Bench): Promise<void> =>
    PinId === undefined
      ? card.CardCreateContainer(index, m.CARD_CREATE_CONTAINER_KEY_GEN, spec, bits, null)
      : card.CardCreateContainerEx(index, m.CARD_CREATE_CONTAINER_KEY_GEN, spec, bits, null, PinId);

const imported =
  (name: 'rsaSign' | 'rsaDecrypt' | 'ecdsa' | 'ecdh', PinId?: number) =>
  ({ card, material }: Bench): Promise<void> => {
    const { index, spec, bits, blob } = material.keys[name];
    return PinId === undefined
      ? card.CardCreateContainer(index, m.CARD_CREATE_CONTAINER_KEY_IMPORT, spec, bits, fromHex(blob))
      : card.CardCreateContainerEx(index, m.CARD_CREATE_CONTAINER_KEY_IMPORT, spec, bits, fromHex(blob), PinId);
  };

const signed =
  (name: 'rsaSign' | 'ecdsa', data: 'hash' | 'block', padding?: Pick<m.CARD_SIGNING_INFO, 'dwPaddingType' | 'pPaddingInfo'>) =>
  async ({ card, material }: Bench): Promise<Bytes | null> => {
    const { index, spec } = material.keys[name];
    const { pbSignedData } = await card.CardSignData({
      dwVersion: m.CARD_SIGNING_INFO_CURRENT_VERSION,
      bContainerIndex: index,
      dwKeySpec: spec,
      dwSigningFlags: padding === undefined ? 0 : m.CARD_PADDING_INFO_PRESENT,
      aiHashAlg: 0,
      pbData: fromHex(material[data]),
      ...padding,
    });
    return pbSignedData;
  };

const decrypted =
  (ciphertext: 'pkcs1' | 'oaep' | 'rawBlock', dwPaddingType: number, pPaddingInfo?: m.BCRYPT_OAEP_PADDING_INFO) =>
  async ({ card, material }: Bench): Promise<Bytes> => {
    const { index, spec } = material.keys.rsaDecrypt;
    const info = { dwVersion: m.CARD_RSA_DECRYPT_INFO_CURRENT_VERSION, bContainerIndex: index, dwKeySpec: spec, dwPaddingType };
    const { pbData } = await given(card.CardRSADecrypt)({
      ...info,
      pbData: fromHex(material[ciphertext]),
      ...(pPaddingInfo === undefined ? {} : { pPaddingInfo }),
    });
    return pbData;
  };

const derived =
  (pwszKDF: string, ...pParameterList: readonly m.BCryptBuffer[]) =>
  async ({ card, agreement }: Bench): Promise<Bytes | null> => {
    const info = { dwVersion: 1, dwFlags: 0, pwszKDF, bSecretAgreementIndex: agreement, pParameterList };
    return (await given(card.CardDeriveKey)(info)).pbDerivedKey;
  };

const buffer = (BufferType: number, pvBuffer: Bytes | string | number): m.BCryptBuffer => ({ BufferType, pvBuffer });
const prf = [buffer(m.KDF_TLS_PRF_LABEL, LABEL), buffer(m.KDF_TLS_PRF_SEED, SEED)];
const sha256 = buffer(m.KDF_HASH_ALGORITHM, 'SHA256');

/** A function of secure key injection says that there is none. */
const unsupported =
  (call: (card: Bench['card']) => Promise<unknown>) =>
  async ({ card }: Bench): Promise<string> => {
    try {
      await call(card);
    } catch (error) {
      if (error instanceof m.MinidriverError) return error.reason;
      throw error;
    }
    return 'SCARD_S_SUCCESS';
  };

const writeCertificate = ({ card, material }: Bench, name: 'rsaSign' | 'rsaDecrypt' | 'ecdsa' | 'ecdh'): Promise<void> => {
  const { index, certificate } = material.keys[name];
  const usage = name === 'rsaSign' || name === 'ecdsa' ? 'signature' : 'key-exchange';
  return card.CardWriteFile('mscp', m.certificateFileName(index, usage), 0, fromHex(certificate));
};

/** Every entry point, in an order that each finds what it needs. Containers are guarded by ROLE_USER. */
export const STEPS: readonly Step[] = [
  { name: 'CardAcquireContext', run: ({ module, card }) => module.CardAcquireContext(card, 0) },
  { name: 'CardQueryCapabilities', run: ({ card }) => card.CardQueryCapabilities({ dwVersion: 1 }) },
  { name: 'CardQueryFreeSpace', run: ({ card }) => card.CardQueryFreeSpace(0, { dwVersion: 1 }) },
  { name: 'CardQueryKeySizes', run: ({ card }) => card.CardQueryKeySizes(m.AT_KEYEXCHANGE, 0, { dwVersion: 1 }) },
  { name: 'CardAuthenticatePin', run: ({ card }) => card.CardAuthenticatePin('user', PIN) },
  { name: 'CardDeauthenticate', run: ({ card }) => card.CardDeauthenticate('user', 0) },
  { name: 'CardGetChallenge', run: ({ card }) => card.CardGetChallenge() },
  { name: 'CardAuthenticateChallenge', before: respond, run: ({ card, response }) => card.CardAuthenticateChallenge(response) },
  { name: 'CardGetChallengeEx', run: ({ card }) => card.CardGetChallengeEx(m.ROLE_ADMIN, 0) },
  { name: 'CardAuthenticateEx: response', before: respond, run: ({ card, response }) => card.CardAuthenticateEx(m.ROLE_ADMIN, 0, response) },
  { name: 'CardDeauthenticateEx', run: ({ card }) => card.CardDeauthenticateEx(m.PIN_SET_ALL_ROLES, 0) },
  { name: 'CardAuthenticateEx: PIN', run: ({ card }) => card.CardAuthenticateEx(m.ROLE_USER, 0, PIN) },
  {
    name: 'CardCreateContainer: generate EC',
    // The first write authenticates key 9B, which is an operation of its own.
    before: generated(10, m.AT_ECDHE_P256, 0, m.ROLE_USER),
    run: generated(6, m.AT_ECDHE_P256, 0),
  },
  { name: 'CardCreateContainer: generate RSA', run: generated(9, m.AT_SIGNATURE, 2048) },
  { name: 'CardCreateContainer: import RSA', run: imported('rsaSign') },
  { name: 'CardCreateContainer: import EC', run: imported('ecdsa') },
  { name: 'CardCreateContainerEx: generate EC', run: generated(7, m.AT_ECDSA_P256, 0, m.ROLE_USER) },
  { name: 'CardCreateContainerEx: generate RSA', run: generated(8, m.AT_KEYEXCHANGE, 2048, m.ROLE_USER) },
  { name: 'CardCreateContainerEx: import RSA', run: imported('rsaDecrypt', m.ROLE_USER) },
  { name: 'CardCreateContainerEx: import EC', run: imported('ecdh', m.ROLE_USER) },
  { name: 'CardGetContainerInfo', run: ({ card }) => card.CardGetContainerInfo(5, 0, { dwVersion: 1 }) },
  {
    name: 'CardWriteFile: certificate',
    before: async (bench) => {
      for (const name of ['rsaSign', 'rsaDecrypt', 'ecdh'] as const) await writeCertificate(bench, name);
    },
    run: (bench) => writeCertificate(bench, 'ecdsa'),
  },
  { name: 'CardReadFile', run: ({ card }) => card.CardReadFile('mscp', 'ksc05', 0) },
  {
    name: 'CardWriteFile: map',
    run: async ({ card }) => card.CardWriteFile('mscp', 'cmapfile', 0, await card.CardReadFile('mscp', 'cmapfile', 0)),
  },
  { name: 'CardSetContainerProperty', run: ({ card }) => card.CardSetContainerProperty(5, m.CCP_ASSOCIATED_ECDH_KEY, 4, 0) },
  { name: 'CardGetContainerProperty', run: ({ card }) => card.CardGetContainerProperty(5, m.CCP_ASSOCIATED_ECDH_KEY, 0) },
  { name: 'CardCreateDirectory', run: ({ card }) => card.CardCreateDirectory('other', m.UserCreateDeleteDirAc) },
  { name: 'CardCreateFile', run: ({ card }) => card.CardCreateFile('other', 'file', 0, m.EveryoneReadUserWriteAc) },
  { name: 'CardWriteFile: own file', run: ({ card }) => card.CardWriteFile('other', 'file', 0, OWN_FILE) },
  { name: 'CardEnumFiles', run: ({ card }) => card.CardEnumFiles('other', 0) },
  { name: 'CardGetFileInfo', run: ({ card }) => card.CardGetFileInfo('other', 'file', { dwVersion: 1 }) },
  { name: 'CardDeleteFile: own file', run: ({ card }) => card.CardDeleteFile('other', 'file', 0) },
  { name: 'CardDeleteDirectory', run: ({ card }) => card.CardDeleteDirectory('other') },
  {
    name: 'CardSignData: PKCS#1',
    run: signed('rsaSign', 'hash', { dwPaddingType: m.CARD_PADDING_PKCS1, pPaddingInfo: { pszAlgId: 'SHA256' } }),
  },
  {
    name: 'CardSignData: PSS',
    run: signed('rsaSign', 'hash', { dwPaddingType: m.CARD_PADDING_PSS, pPaddingInfo: { pszAlgId: 'SHA256', cbSalt: 32 } }),
  },
  { name: 'CardSignData: raw', run: signed('rsaSign', 'block', { dwPaddingType: m.CARD_PADDING_NONE }) },
  { name: 'CardSignData: ECDSA', run: signed('ecdsa', 'hash') },
  { name: 'CardRSADecrypt: PKCS#1', run: decrypted('pkcs1', m.CARD_PADDING_PKCS1) },
  { name: 'CardRSADecrypt: OAEP', run: decrypted('oaep', m.CARD_PADDING_OAEP, { pszAlgId: 'SHA256', pbLabel: LABEL }) },
  { name: 'CardRSADecrypt: raw', run: decrypted('rawBlock', m.CARD_PADDING_NONE) },
  {
    name: 'CardConstructDHAgreement',
    run: async (bench) => {
      const pbPublicKey = fromHex(bench.material.other);
      const made = await given(bench.card.CardConstructDHAgreement)({ dwVersion: 2, bContainerIndex: 4, dwFlags: 0, pbPublicKey });
      bench.agreement = made.bSecretAgreementIndex;
    },
  },
  { name: 'CardDeriveKey: HASH', run: derived(m.BCRYPT_KDF_HASH, sha256) },
  { name: 'CardDeriveKey: HMAC', run: derived(m.BCRYPT_KDF_HMAC, sha256, buffer(m.KDF_HMAC_KEY, LABEL)) },
  { name: 'CardDeriveKey: TLS_PRF 1.0', run: derived(m.BCRYPT_KDF_TLS_PRF, ...prf) },
  { name: 'CardDeriveKey: TLS_PRF 1.2', run: derived(m.BCRYPT_KDF_TLS_PRF, ...prf, buffer(m.KDF_TLS_PRF_PROTOCOL, 0x0303), sha256) },
  {
    name: 'CardDeriveKey: SP800_56A_CONCAT',
    run: derived(m.BCRYPT_KDF_SP80056A_CONCAT, sha256, ...[m.KDF_ALGORITHMID, m.KDF_PARTYUINFO, m.KDF_PARTYVINFO].map((type) => buffer(type, LABEL))),
  },
  { name: 'CardDeriveKey: TRUNCATE', run: derived(m.BCRYPT_KDF_RAW_SECRET) },
  { name: 'CardDestroyDHAgreement', run: ({ card, agreement }) => given(card.CardDestroyDHAgreement)(agreement, 0) },
  { name: 'CardGetProperty', run: ({ card }) => card.CardGetProperty(m.CP_CARD_LIST_PINS, 0) },
  { name: 'CardSetProperty', run: ({ card }) => card.CardSetProperty(m.CP_PIN_CONTEXT_STRING, 'why', 0) },
  { name: 'CardDeleteFile: certificate', run: ({ card }) => card.CardDeleteFile('mscp', 'ksc00', 0) },
  { name: 'CardDeleteContainer', run: ({ card }) => card.CardDeleteContainer(6, 0) },
  {
    name: 'CardChangeAuthenticator: PIN',
    run: ({ card }) => card.CardChangeAuthenticator('user', PIN, NEXT, 0, m.CARD_AUTHENTICATE_PIN_PIN),
  },
  {
    name: 'CardChangeAuthenticator: key 9B',
    before: respond,
    run: ({ card, response, material }) =>
      card.CardChangeAuthenticator('admin', response, fromHex(material.managementKey), 0, m.CARD_AUTHENTICATE_PIN_CHALLENGE_RESPONSE),
  },
  { name: 'CardUnblockPin', run: ({ card }) => card.CardUnblockPin('user', PUK, NEXT, 0, m.CARD_AUTHENTICATE_PIN_PIN) },
  {
    name: 'CardChangeAuthenticatorEx',
    run: ({ card }) => card.CardChangeAuthenticatorEx(m.PIN_CHANGE_FLAG_CHANGEPIN, m.ROLE_USER, NEXT, m.ROLE_USER, PIN, 0),
  },
  { name: 'MDImportSessionKey', run: unsupported((card) => card.MDImportSessionKey('KeyDataBlob', 'AES', new Uint8Array(28))) },
  { name: 'MDEncryptData', run: unsupported((card) => card.MDEncryptData(1, 'Import Key Pair', new Uint8Array(24), 0)) },
  { name: 'CardImportSessionKey', run: unsupported((card) => card.CardImportSessionKey(2, null, 'KeyDataBlob', 'AES', new Uint8Array(268), 2)) },
  { name: 'CardGetSharedKeyHandle', run: unsupported((card) => card.CardGetSharedKeyHandle(null)) },
  { name: 'CardGetAlgorithmProperty', run: unsupported((card) => card.CardGetAlgorithmProperty('AES', m.CP_CARD_KEYSIZES, 0)) },
  { name: 'CardGetKeyProperty', run: unsupported((card) => card.CardGetKeyProperty(1, 'BlockLength', 0)) },
  { name: 'CardSetKeyProperty', run: unsupported((card) => card.CardSetKeyProperty(1, 'ChainingMode', 'ChainingModeCBC', 0)) },
  { name: 'CardDestroyKey', run: unsupported((card) => card.CardDestroyKey(1)) },
  { name: 'CardProcessEncryptedData', run: unsupported((card) => card.CardProcessEncryptedData(1, 'Authenticate', [new Uint8Array(16)], 0)) },
  { name: 'CardDeleteContext', run: ({ card }) => card.CardDeleteContext() },
];
