import type { Bytes } from '../../codec/bytes.ts';

/*
 * Parameter structures of cardmod.h under their own field names. BOOL is boolean; a length that stands beside its buffer in C is the
 * buffer's own length here and is written back only where the interface uses it by itself (cbSignedData).
 */

/** What a caller presets in a structure that the driver fills: the version it understands (S707 2.5.2). */
export interface VersionedRequest {
  dwVersion: number;
}

export const CARD_CAPABILITIES_CURRENT_VERSION = 1;
export const CONTAINER_INFO_CURRENT_VERSION = 1;
export const CARD_FILE_INFO_CURRENT_VERSION = 1;
export const CARD_FREE_SPACE_INFO_CURRENT_VERSION = 1;
export const CARD_KEY_SIZES_CURRENT_VERSION = 1;
export const PIN_CACHE_POLICY_CURRENT_VERSION = 6;
export const PIN_INFO_CURRENT_VERSION = 6;
export const CARD_RSA_DECRYPT_INFO_CURRENT_VERSION = 2;
export const CARD_SIGNING_INFO_BASIC_VERSION = 1;
export const CARD_SIGNING_INFO_CURRENT_VERSION = 2;
export const CARD_DH_AGREEMENT_INFO_CURRENT_VERSION = 2;
export const CARD_DERIVE_KEY_CURRENT_VERSION = 2;

/** S707 4.4. */
export interface CARD_CAPABILITIES {
  dwVersion: number;
  /** The driver compresses certificates itself: plain DER crosses the interface. */
  fCertificateCompression: boolean;
  fKeyGen: boolean;
}

/** S707 4.6.4. Public key blobs; null where the container holds no such key. */
export interface CONTAINER_INFO {
  dwVersion: number;
  dwReserved: number;
  pbSigPublicKey: Bytes | null;
  pbKeyExPublicKey: Bytes | null;
}

/** S707 4.3.5. */
export interface CARD_FILE_INFO {
  dwVersion: number;
  /** Bytes of uncompressed content. */
  cbFileSize: number;
  AccessCondition: number;
}

/** S707 4.3.9. 0xFFFFFFFF = unknown. */
export interface CARD_FREE_SPACE_INFO {
  dwVersion: number;
  dwBytesAvailable: number;
  dwKeyContainersAvailable: number;
  dwMaxKeyContainers: number;
}

/** S707 4.7.6. Bits. */
export interface CARD_KEY_SIZES {
  dwVersion: number;
  dwMinimumBitlen: number;
  dwDefaultBitlen: number;
  dwMaximumBitlen: number;
  dwIncrementalBitlen: number;
}

/** S707 4.2.1.4. */
export interface PIN_CACHE_POLICY {
  dwVersion: number;
  PinCachePolicyType: number;
  /** Seconds, for PinCacheTimed. */
  dwPinCachePolicyInfo: number;
}

/** S707 4.2.1.6. Permissions are PIN_SETs. */
export interface PIN_INFO {
  dwVersion: number;
  PinType: number;
  PinPurpose: number;
  dwChangePermission: number;
  dwUnblockPermission: number;
  PinCachePolicy: PIN_CACHE_POLICY;
  dwFlags: number;
}

export interface BCRYPT_PKCS1_PADDING_INFO {
  /** 'SHA256' and so on; null = the data go in without DigestInfo. */
  pszAlgId: string | null;
}

export interface BCRYPT_PSS_PADDING_INFO {
  pszAlgId: string;
  /** Length of the salt, in bytes. */
  cbSalt: number;
}

export interface BCRYPT_OAEP_PADDING_INFO {
  pszAlgId: string;
  pbLabel?: Bytes | null;
}

/** S707 4.7.5. `pbData` is the hash in natural order; an RSA `pbSignedData` is little-endian, an ECDSA one is r || s, big-endian. */
export interface CARD_SIGNING_INFO {
  dwVersion: number;
  bContainerIndex: number;
  dwKeySpec: number;
  dwSigningFlags: number;
  aiHashAlg: number;
  pbData: Bytes | null;
  pPaddingInfo?: BCRYPT_PKCS1_PADDING_INFO | BCRYPT_PSS_PADDING_INFO | null;
  dwPaddingType?: number;
  /** Out. */
  pbSignedData?: Bytes | null;
  /** Out, in bytes; alone with CARD_BUFFER_SIZE_ONLY. */
  cbSignedData?: number;
}

/** What CardSignData adds to its structure. */
export interface CARD_SIGNING_RESULT {
  pbSignedData: Bytes | null;
  cbSignedData: number;
}

/** S707 4.7.1. `pbData` is the ciphertext, little-endian, and is replaced by the plaintext, little-endian too. */
export interface CARD_RSA_DECRYPT_INFO {
  dwVersion: number;
  bContainerIndex: number;
  dwKeySpec: number;
  pbData: Bytes | null;
  pPaddingInfo?: BCRYPT_OAEP_PADDING_INFO | null;
  dwPaddingType?: number;
}

/** S707 4.7.2. `pbPublicKey` is the other party's BCRYPT_ECCKEY_BLOB. */
export interface CARD_DH_AGREEMENT_INFO {
  dwVersion: number;
  bContainerIndex: number;
  dwFlags: number;
  pbPublicKey: Bytes | null;
  /** Out. */
  bSecretAgreementIndex?: number;
}

/** One entry of the parameter list of CardDeriveKey: octets, text for the algorithm name, a number for the TLS version or a secret's handle. */
export interface BCryptBuffer {
  BufferType: number;
  pvBuffer: Bytes | string | number | null;
}

/** S707 4.7.3. */
export interface CARD_DERIVE_KEY {
  dwVersion: number;
  dwFlags: number;
  pwszKDF: string | null;
  bSecretAgreementIndex: number;
  pParameterList?: readonly BCryptBuffer[] | null;
  pwszAlgId?: string | null;
  /** Bits. */
  dwKeyLen?: number;
  /** Out; the receiver wipes it. */
  pbDerivedKey?: Bytes | null;
  /** Out, in bytes; alone with CARD_BUFFER_SIZE_ONLY. */
  cbDerivedKey?: number;
}

/** What CardDeriveKey adds to its structure. */
export interface CARD_DERIVE_KEY_RESULT {
  pbDerivedKey: Bytes | null;
  cbDerivedKey: number;
}
