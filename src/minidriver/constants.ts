/*
 * Numbers of cardmod.h (v7), wincrypt.h and bcrypt.h that cross the interface. The header is the authority; the specification's
 * prose prints some of them wrongly (PIN masks in S707 4.2.1.6, for one).
 */

/** CARD_DATA versions (S707 2.5). */
export const CARD_DATA_VERSION_FOUR = 4;
export const CARD_DATA_VERSION_FIVE = 5;
export const CARD_DATA_VERSION_SIX = 6;
export const CARD_DATA_VERSION_SEVEN = 7;
export const CARD_DATA_CURRENT_VERSION = 7;

/** Unknown size or count (S707 4.3.9), and tries left of a card that does not count (S707 4.2.2). */
export const CARD_DATA_VALUE_UNKNOWN = 0xffffffff;

/** dwFlags of CardAcquireContext (S707 4.1.1). */
export const CARD_SECURE_KEY_INJECTION_NO_CARD_MODE = 0x1;

/** Key specifications (wincrypt.h; S707 4.6.1). */
export const AT_KEYEXCHANGE = 1;
export const AT_SIGNATURE = 2;
export const AT_ECDSA_P256 = 3;
export const AT_ECDSA_P384 = 4;
export const AT_ECDSA_P521 = 5;
export const AT_ECDHE_P256 = 6;
export const AT_ECDHE_P384 = 7;
export const AT_ECDHE_P521 = 8;

/** dwFlags of CardCreateContainer(Ex) (S707 4.6.1). */
export const CARD_CREATE_CONTAINER_KEY_GEN = 1;
export const CARD_CREATE_CONTAINER_KEY_IMPORT = 2;

/** PIN_ID (S707 4.2.1.1); 3..7 are the card's own. */
export const ROLE_EVERYONE = 0;
export const ROLE_USER = 1;
export const ROLE_ADMIN = 2;
export const MAX_PINS = 8;

/** PIN_SET: bit n is role n (cardmod.h macros; S707 4.2.8 example). */
export const PIN_SET_NONE = 0x00;
export const PIN_SET_ALL_ROLES = 0xff;

/** User names of the v4 functions (S707 4.2.2). */
export const wszCARD_USER_EVERYONE = 'anonymous';
export const wszCARD_USER_USER = 'user';
export const wszCARD_USER_ADMIN = 'admin';

/** dwFlags of CardUnblockPin and CardChangeAuthenticator (S707 4.2.10, 4.2.11). */
export const CARD_AUTHENTICATE_PIN_CHALLENGE_RESPONSE = 1;
export const CARD_AUTHENTICATE_PIN_PIN = 2;

/** dwFlags of CardChangeAuthenticatorEx (S707 4.2.9). */
export const PIN_CHANGE_FLAG_UNBLOCK = 1;
export const PIN_CHANGE_FLAG_CHANGEPIN = 2;

/** dwFlags of CardAuthenticateEx (S707 4.2.6). */
export const CARD_AUTHENTICATE_GENERATE_SESSION_PIN = 0x10000000;
export const CARD_AUTHENTICATE_SESSION_PIN = 0x20000000;
export const CARD_PIN_SILENT_CONTEXT = 0x40;

/** CP_CARD_PIN_STRENGTH_* bits (S707 4.5.4). */
export const CARD_PIN_STRENGTH_PLAINTEXT = 1;
export const CARD_PIN_STRENGTH_SESSION_PIN = 2;

/** CP_CARD_CACHE_MODE (S707 7.5). */
export const CP_CACHE_MODE_GLOBAL_CACHE = 1;
export const CP_CACHE_MODE_SESSION_ONLY = 2;
export const CP_CACHE_MODE_NO_CACHE = 3;

/** SECRET_TYPE (S707 4.2.1.2). */
export const AlphaNumericPinType = 0;
export const ExternalPinType = 1;
export const ChallengeResponsePinType = 2;
export const EmptyPinType = 3;

/** SECRET_PURPOSE (S707 4.2.1.3). */
export const AuthenticationPin = 0;
export const DigitalSignaturePin = 1;
export const EncryptionPin = 2;
export const NonRepudiationPin = 3;
export const AdministratorPin = 4;
export const PrimaryCardPin = 5;
export const UnblockOnlyPin = 6;

/** PIN_CACHE_POLICY_TYPE (S707 4.2.1.4). */
export const PinCacheNormal = 0;
export const PinCacheTimed = 1;
export const PinCacheNone = 2;
export const PinCacheAlwaysPrompt = 3;

/** PIN_INFO dwFlags (S707 4.2.1.6). */
export const PIN_INFO_REQUIRE_SECURE_ENTRY = 1;

/** dwSigningFlags (S707 4.7.5); the low bits are CryptSignHash's, never padding types. */
export const CARD_PADDING_INFO_PRESENT = 0x40000000;
export const CARD_BUFFER_SIZE_ONLY = 0x20000000;
export const CRYPT_NOHASHOID = 0x1;
export const CRYPT_TYPE2_FORMAT = 0x2;
export const CRYPT_X931_FORMAT = 0x4;

/** dwPaddingType. PSS is 4 and OAEP 8 here; BCRYPT_PAD_* has these two the other way round. */
export const CARD_PADDING_NONE = 1;
export const CARD_PADDING_PKCS1 = 2;
export const CARD_PADDING_PSS = 4;
export const CARD_PADDING_OAEP = 8;

/** dwFlags of CardDeriveKey (S707 4.7.3; bcrypt.h). */
export const CARD_RETURN_KEY_HANDLE = 0x1000000;
export const KDF_USE_SECRET_AS_HMAC_KEY_FLAG = 0x1;

/** CP_KEY_IMPORT_SUPPORT bits (S707 4.5.4). */
export const CARD_KEY_IMPORT_PLAIN_TEXT = 1;
export const CARD_KEY_IMPORT_RSA_KEYEST = 2;
export const CARD_KEY_IMPORT_ECC_KEYEST = 4;
export const CARD_KEY_IMPORT_SHARED_SYMMETRIC = 8;

/** dwFlags of CP_ENUM_ALGORITHMS and CP_PADDING_SCHEMES (S707 4.5.4). */
export const CARD_CIPHER_OPERATION = 1;
export const CARD_ASYMMETRIC_OPERATION = 2;

/** CP_PADDING_SCHEMES of ciphers, dwFlags of MDEncryptData and CardProcessEncryptedData: PKCS #5 (S707 4.5.4). */
export const CARD_BLOCK_PADDING = 1;

/** CARD_DIRECTORY_ACCESS_CONDITION (S707 4.3.1). */
export const InvalidDirAc = 0;
export const UserCreateDeleteDirAc = 1;
export const AdminCreateDeleteDirAc = 2;

/** CARD_FILE_ACCESS_CONDITION (S707 5.6.4). */
export const InvalidAc = 0;
export const EveryoneReadUserWriteAc = 1;
export const UserWriteExecuteAc = 2;
export const EveryoneReadAdminWriteAc = 3;
export const UnknownAc = 4;
export const UserReadWriteAc = 5;
export const AdminReadWriteAc = 6;

/** Container map (S707 5.4.4). */
export const MAX_CONTAINER_NAME_LEN = 39;
export const CONTAINER_MAP_VALID_CONTAINER = 1;
export const CONTAINER_MAP_DEFAULT_CONTAINER = 2;

/** Hash algorithms (wincrypt.h ALG_ID). */
export const CALG_MD2 = 0x8001;
export const CALG_MD4 = 0x8002;
export const CALG_MD5 = 0x8003;
export const CALG_SHA1 = 0x8004;
export const CALG_MAC = 0x8005;
export const CALG_RIPEMD160 = 0x8007;
export const CALG_SSL3_SHAMD5 = 0x8008;
export const CALG_HMAC = 0x8009;
export const CALG_TLS1PRF = 0x800a;
export const CALG_HASH_REPLACE_OWF = 0x800b;
export const CALG_SHA_256 = 0x800c;
export const CALG_SHA_384 = 0x800d;
export const CALG_SHA_512 = 0x800e;
export const CALG_HUGHES_MD5 = 0xa003;

/** Key algorithms in CAPI blobs (wincrypt.h). */
export const CALG_RSA_SIGN = 0x2400;
export const CALG_RSA_KEYX = 0xa400;

/** Buffer types of the list that CardDeriveKey takes (bcrypt.h). */
export const KDF_HASH_ALGORITHM = 0x0;
export const KDF_SECRET_PREPEND = 0x1;
export const KDF_SECRET_APPEND = 0x2;
export const KDF_HMAC_KEY = 0x3;
export const KDF_TLS_PRF_LABEL = 0x4;
export const KDF_TLS_PRF_SEED = 0x5;
export const KDF_SECRET_HANDLE = 0x6;
export const KDF_TLS_PRF_PROTOCOL = 0x7;
export const KDF_ALGORITHMID = 0x8;
export const KDF_PARTYUINFO = 0x9;
export const KDF_PARTYVINFO = 0xa;
export const KDF_SUPPPUBINFO = 0xb;
export const KDF_SUPPPRIVINFO = 0xc;
