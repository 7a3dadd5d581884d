import { type Bytes, bytes } from '../../codec/bytes.ts';
import { CARD_DATA_CURRENT_VERSION } from './constants.ts';
import { fail } from './error.ts';
import type * as p from './properties-types.ts';
import type * as s from './structures.ts';

/** The driver asks the caller for every buffer that it hands over; null = no memory (S707 3.2.1). */
export type PFN_CSP_ALLOC = (cbSize: number) => Bytes | null;
export type PFN_CSP_REALLOC = (pvAddress: Bytes, cbSize: number) => Bytes | null;
export type PFN_CSP_FREE = (pvAddress: Bytes) => void;
/** Byte index of an agreement that a KDF_SECRET_HANDLE parameter names (S707 3.2.3.3). */
export type PFN_CSP_GET_DH_AGREEMENT = (hSecretAgreement: number) => number | Promise<number>;

/**
 * Takes the padding off the raw block in `pbData` and gives the message (S707 3.2.3.2). No text fixes the byte order here: block and message
 * are in natural order (CHOICES.md, unpad-byte-order). A rejection is a bad padding.
 */
export type PFN_CSP_UNPAD_DATA = (pRSADecryptInfo: Readonly<s.CARD_RSA_DECRYPT_INFO>) => Bytes | Promise<Bytes>;

/** The fields of CARD_DATA that the caller sets (S707 4.1.1). */
export interface CardDataFields<Handle> {
  /** In: newest version the caller knows. Out: version of this context, at most 7. */
  dwVersion: number;
  pbAtr: Bytes;
  pwszCardName: string;
  pfnCspAlloc: PFN_CSP_ALLOC;
  pfnCspReAlloc: PFN_CSP_REALLOC;
  pfnCspFree: PFN_CSP_FREE;
  /** Stands for the reader context; anything but null, undefined and 0. */
  hSCardCtx: unknown;
  /** The caller's current transaction. Put the new one here when a transaction was ended and another begun. */
  hScard: Handle;
  pfnCspGetDHAgreement: PFN_CSP_GET_DH_AGREEMENT | null;
  /** Where it is given, a card that removes no padding has it removed by the caller; else the driver does it (S707 4.7.1). */
  pfnCspUnpadData?: PFN_CSP_UNPAD_DATA | null;
  /** Callbacks that this driver has no use for: it pads by itself and keeps no private files in the caller's cache. */
  pfnCspCacheAddFile?: unknown;
  pfnCspCacheLookupFile?: unknown;
  pfnCspCacheDeleteFile?: unknown;
  pvCacheContext?: unknown;
  pfnCspPadData?: unknown;
  /** Set by the driver. */
  pvVendorSpecific: object | null;
}

/**
 * The 44 entry points that CardAcquireContext fills in. How the C interface maps to these members:
 *
 * - A member has the entry point's own name, without the prefix pfn, and belongs to the CARD_DATA object that it stands in: the first
 *   parameter pCardData is left out. Members may be taken off the object.
 * - Success is a resolved promise. Any other return code is a rejection with MinidriverError (`dwCode`, `name`, `retriesLeft`).
 * - A buffer with its length is one `Bytes`; the cb parameter is left out. A LPSTR or LPWSTR is a string; NULL is null.
 * - A pointer that is an out parameter only is left out, and its value is what the promise gives.
 * - A structure that is in and out is a plain object with the header's field names. It is filled in place and also given back, so that the
 *   type of the result names the filled fields.
 * - pcAttemptsRemaining is `retriesLeft` (undefined: the card does not count) and `pcAttemptsRemaining` of the error.
 * - A null or undefined where C refuses NULL is refused alike, with SCARD_E_INVALID_PARAMETER.
 * - Everything the driver hands over was asked from pfnCspAlloc; null from there is SCARD_E_NO_MEMORY.
 * - Calls on one context run one after the other in the order they were made, and so do calls of contexts with the same hScard. A callback
 *   given in CARD_DATA must not wait for an entry point.
 * - PINs, responses and private keys that come in belong to the caller, who wipes them; the driver wipes its own copies.
 */
export interface CardEntryPoints {
  CardDeleteContext: () => Promise<void>;
  CardQueryCapabilities: (pCardCapabilities: s.VersionedRequest) => Promise<s.CARD_CAPABILITIES>;
  CardDeleteContainer: (bContainerIndex: number, dwReserved: number) => Promise<void>;
  CardCreateContainer: (bContainerIndex: number, dwFlags: number, dwKeySpec: number, dwKeySize: number, pbKeyData: Bytes | null) => Promise<void>;
  CardGetContainerInfo: (bContainerIndex: number, dwFlags: number, pContainerInfo: s.VersionedRequest) => Promise<s.CONTAINER_INFO>;
  CardAuthenticatePin: (pwszUserId: string, pbPin: Bytes) => Promise<void>;
  CardGetChallenge: () => Promise<Bytes>;
  CardAuthenticateChallenge: (pbResponseData: Bytes) => Promise<void>;
  CardUnblockPin: (pwszUserId: string, pbAuthenticationData: Bytes, pbNewPinData: Bytes, cRetryCount: number, dwFlags: number) => Promise<void>;
  CardChangeAuthenticator: (
    pwszUserId: string,
    pbCurrentAuthenticator: Bytes,
    pbNewAuthenticator: Bytes,
    cRetryCount: number,
    dwFlags: number,
  ) => Promise<void>;
  CardDeauthenticate: (pwszUserId: string, dwFlags: number) => Promise<void>;
  CardCreateDirectory: (pszDirectoryName: string, AccessCondition: number) => Promise<void>;
  CardDeleteDirectory: (pszDirectoryName: string) => Promise<void>;
  CardCreateFile: (pszDirectoryName: string | null, pszFileName: string, cbInitialCreationSize: number, AccessCondition: number) => Promise<void>;
  CardReadFile: (pszDirectoryName: string | null, pszFileName: string, dwFlags: number) => Promise<Bytes>;
  CardWriteFile: (pszDirectoryName: string | null, pszFileName: string, dwFlags: number, pbData: Bytes) => Promise<void>;
  CardDeleteFile: (pszDirectoryName: string | null, pszFileName: string, dwFlags: number) => Promise<void>;
  /** The names of the multistring. */
  CardEnumFiles: (pszDirectoryName: string | null, dwFlags: number) => Promise<readonly string[]>;
  CardGetFileInfo: (pszDirectoryName: string | null, pszFileName: string, pCardFileInfo: s.VersionedRequest) => Promise<s.CARD_FILE_INFO>;
  CardQueryFreeSpace: (dwFlags: number, pCardFreeSpaceInfo: s.VersionedRequest) => Promise<s.CARD_FREE_SPACE_INFO>;
  CardQueryKeySizes: (dwKeySpec: number, dwFlags: number, pKeySizes: s.VersionedRequest) => Promise<s.CARD_KEY_SIZES>;
  CardSignData: (pInfo: s.CARD_SIGNING_INFO) => Promise<s.CARD_SIGNING_INFO & s.CARD_SIGNING_RESULT>;
  /** Null on a card without RSA. */
  CardRSADecrypt: ((pInfo: s.CARD_RSA_DECRYPT_INFO) => Promise<s.CARD_RSA_DECRYPT_INFO & { pbData: Bytes }>) | null;
  /** Null on a card without elliptic curves, like the next two. */
  CardConstructDHAgreement:
    ((pAgreementInfo: s.CARD_DH_AGREEMENT_INFO) => Promise<s.CARD_DH_AGREEMENT_INFO & { bSecretAgreementIndex: number }>) | null;
  CardDeriveKey: ((pAgreementInfo: s.CARD_DERIVE_KEY) => Promise<s.CARD_DERIVE_KEY & s.CARD_DERIVE_KEY_RESULT>) | null;
  CardDestroyDHAgreement: ((bSecretAgreementIndex: number, dwFlags: number) => Promise<void>) | null;
  CardGetChallengeEx: (PinId: number, dwFlags: number) => Promise<Bytes>;
  CardAuthenticateEx: (PinId: number, dwFlags: number, pbPinData: Bytes | null) => Promise<{ readonly pbSessionPin: Bytes | null }>;
  CardChangeAuthenticatorEx: (
    dwFlags: number,
    dwAuthenticatingPinId: number,
    /** Null together with `pbTargetData` where the PIN is external: both are entered on the reader. */
    pbAuthenticatingPinData: Bytes | null,
    dwTargetPinId: number,
    pbTargetData: Bytes | null,
    cRetryCount: number,
  ) => Promise<void>;
  CardDeauthenticateEx: (PinId: number, dwFlags: number) => Promise<void>;
  CardGetContainerProperty: <N extends p.ContainerPropertyName>(
    bContainerIndex: number,
    wszProperty: N,
    dwFlags: number,
    pbData?: p.PropertyRequest,
  ) => Promise<p.ContainerPropertyValues[N]>;
  CardSetContainerProperty: <N extends keyof p.SettableContainerPropertyValues>(
    bContainerIndex: number,
    wszProperty: N,
    pbData: p.SettableContainerPropertyValues[N],
    dwFlags: number,
  ) => Promise<void>;
  CardGetProperty: <N extends p.CardPropertyName>(wszProperty: N, dwFlags: number, pbData?: p.PropertyRequest) => Promise<p.CardPropertyValues[N]>;
  CardSetProperty: <N extends keyof p.SettableCardPropertyValues>(
    wszProperty: N,
    pbData: p.SettableCardPropertyValues[N],
    dwFlags: number,
  ) => Promise<void>;
  MDImportSessionKey: (pwszBlobType: string, pwszAlgId: string, pbInput: Bytes) => Promise<number>;
  MDEncryptData: (hKey: number, pwszSecureFunction: string, pbInput: Bytes, dwFlags: number) => Promise<readonly Bytes[]>;
  CardImportSessionKey: (
    bContainerIndex: number,
    pPaddingInfo: s.BCRYPT_OAEP_PADDING_INFO | null,
    pwszBlobType: string,
    pwszAlgId: string,
    pbInput: Bytes,
    dwFlags: number,
  ) => Promise<number>;
  CardGetSharedKeyHandle: (pbInput: Bytes | null) => Promise<{ readonly pbOutput: Bytes | null; readonly hKey: number }>;
  CardGetAlgorithmProperty: (pwszAlgId: string, pwszProperty: string, dwFlags: number) => Promise<s.CARD_KEY_SIZES>;
  CardGetKeyProperty: (hKey: number, pwszProperty: string, dwFlags: number) => Promise<number>;
  CardSetKeyProperty: (hKey: number, pwszProperty: string, pbInput: Bytes | string, dwFlags: number) => Promise<void>;
  CardDestroyKey: (hKey: number) => Promise<void>;
  CardProcessEncryptedData: (hKey: number, pwszSecureFunction: string, pEncryptedData: readonly Bytes[], dwFlags: number) => Promise<Bytes | null>;
  CardCreateContainerEx: (
    bContainerIndex: number,
    dwFlags: number,
    dwKeySpec: number,
    dwKeySize: number,
    pbKeyData: Bytes | null,
    PinId: number,
  ) => Promise<void>;
}

export type EntryPointName = keyof CardEntryPoints;

/** CARD_DATA: what the caller sets, and the entry points of one context. */
export interface CARD_DATA<Handle = unknown> extends CardDataFields<Handle>, CardEntryPoints {}

/** Since which CARD_DATA version each entry point stands in the structure (cardmod.h; S707 2.5). */
export const ENTRY_POINT_VERSIONS: Readonly<Record<EntryPointName, 4 | 5 | 6 | 7>> = {
  CardDeleteContext: 4,
  CardQueryCapabilities: 4,
  CardDeleteContainer: 4,
  CardCreateContainer: 4,
  CardGetContainerInfo: 4,
  CardAuthenticatePin: 4,
  CardGetChallenge: 4,
  CardAuthenticateChallenge: 4,
  CardUnblockPin: 4,
  CardChangeAuthenticator: 4,
  CardDeauthenticate: 4,
  CardCreateDirectory: 4,
  CardDeleteDirectory: 4,
  CardCreateFile: 4,
  CardReadFile: 4,
  CardWriteFile: 4,
  CardDeleteFile: 4,
  CardEnumFiles: 4,
  CardGetFileInfo: 4,
  CardQueryFreeSpace: 4,
  CardQueryKeySizes: 4,
  CardSignData: 4,
  CardRSADecrypt: 4,
  CardConstructDHAgreement: 5,
  CardDeriveKey: 5,
  CardDestroyDHAgreement: 5,
  CardGetChallengeEx: 6,
  CardAuthenticateEx: 6,
  CardChangeAuthenticatorEx: 6,
  CardDeauthenticateEx: 6,
  CardGetContainerProperty: 6,
  CardSetContainerProperty: 6,
  CardGetProperty: 6,
  CardSetProperty: 6,
  MDImportSessionKey: 7,
  MDEncryptData: 7,
  CardImportSessionKey: 7,
  CardGetSharedKeyHandle: 7,
  CardGetAlgorithmProperty: 7,
  CardGetKeyProperty: 7,
  CardSetKeyProperty: 7,
  CardDestroyKey: 7,
  CardProcessEncryptedData: 7,
  CardCreateContainerEx: 7,
};

/** The caller's part of CARD_DATA; what is left out gets its ordinary value. */
export type CardDataInput<Handle> = Pick<CardDataFields<Handle>, 'pbAtr' | 'hScard'> & Partial<CardDataFields<Handle>>;

/**
 * A CARD_DATA object ready for CardAcquireContext: version 7, memory by plain byte arrays. Its entry points answer
 * SCARD_E_INVALID_PARAMETER until a context is acquired.
 */
export function newCardData<Handle>(input: CardDataInput<Handle>): CARD_DATA<Handle> {
  const fields: CardDataFields<Handle> = {
    dwVersion: CARD_DATA_CURRENT_VERSION,
    pwszCardName: '',
    pfnCspAlloc: (cbSize) => bytes(cbSize),
    pfnCspReAlloc: (pvAddress, cbSize) => {
      const larger = bytes(cbSize);
      larger.set(pvAddress.subarray(0, cbSize));
      return larger;
    },
    pfnCspFree: () => {},
    hSCardCtx: {},
    pfnCspGetDHAgreement: null,
    pvVendorSpecific: null,
    ...input,
  };
  const none = async (): Promise<never> => fail('SCARD_E_INVALID_PARAMETER', 'no context is acquired');
  const members = Object.fromEntries(Object.keys(ENTRY_POINT_VERSIONS).map((name) => [name, none]));
  return { ...fields, ...(members as unknown as CardEntryPoints) };
}
