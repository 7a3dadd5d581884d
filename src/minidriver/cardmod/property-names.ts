/* Names of card properties and key derivation functions (cardmod.h, bcrypt.h). */

/** Card properties (S707 4.5.1, 4.5.4). */
export const CP_CARD_FREE_SPACE = 'Free Space';
export const CP_CARD_CAPABILITIES = 'Capabilities';
export const CP_CARD_KEYSIZES = 'Key Sizes';
export const CP_CARD_READ_ONLY = 'Read Only Mode';
export const CP_CARD_CACHE_MODE = 'Cache Mode';
export const CP_SUPPORTS_WIN_X509_ENROLLMENT = 'Supports Windows x.509 Enrollment';
export const CP_CARD_GUID = 'Card Identifier';
export const CP_CARD_SERIAL_NO = 'Card Serial Number';
export const CP_CARD_PIN_INFO = 'PIN Information';
export const CP_CARD_LIST_PINS = 'PIN List';
export const CP_CARD_AUTHENTICATED_STATE = 'Authenticated State';
export const CP_CARD_PIN_STRENGTH_VERIFY = 'PIN Strength Verify';
export const CP_CARD_PIN_STRENGTH_CHANGE = 'PIN Strength Change';
export const CP_CARD_PIN_STRENGTH_UNBLOCK = 'PIN Strength Unblock';
export const CP_PARENT_WINDOW = 'Parent Window';
export const CP_PIN_CONTEXT_STRING = 'PIN Context String';
export const CP_KEY_IMPORT_SUPPORT = 'Key Import Support';
export const CP_ENUM_ALGORITHMS = 'Algorithms';
export const CP_PADDING_SCHEMES = 'Padding Schemes';
export const CP_CHAINING_MODES = 'Chaining Modes';

/** Key derivation functions for cards (S707 4.7.3; bcrypt.h). */
export const BCRYPT_KDF_HASH = 'HASH';
export const BCRYPT_KDF_HMAC = 'HMAC';
export const BCRYPT_KDF_TLS_PRF = 'TLS_PRF';
export const BCRYPT_KDF_SP80056A_CONCAT = 'SP800_56A_CONCAT';
/** Not in the specification's list for cards (CHOICES.md, raw-secret). */
export const BCRYPT_KDF_RAW_SECRET = 'TRUNCATE';
