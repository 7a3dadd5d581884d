/*
 * Numbers of cardmod.h (v7), wincrypt.h and bcrypt.h that cross the interface. The header is the authority; the specification's
 * prose prints some of them wrongly (PIN masks in S707 4.2.1.6, for one). Those that no first command needs stand in files of their own.
 */

export * from './algorithm-constants.ts';
export * from './property-constants.ts';

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

/** Key algorithms in CAPI blobs (wincrypt.h). */
export const CALG_RSA_SIGN = 0x2400;
export const CALG_RSA_KEYX = 0xa400;
